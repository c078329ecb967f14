const SCRIPTS = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
] as const

/** Letters of Cyrillic, Armenian and Greek that are drawn as Latin ones. */
const DRAWN_AS_LATIN = /^[асԁеһіјӏорԛѕуѵԝхАВСЕНІЈКМОРЅТУХԚԜհոսօοναΑΒΕΖΗΙΚΜΝΟΡΤΥΧ]{2,}$/u
/** Wide and mathematical letters and digits, each of which is a plain one in other clothes. */
const IN_OTHER_CLOTHES = /[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}]/u

/**
 * Why a text may not say what it seems to, by its first word that does not: it mixes scripts whose letters look alike (UTS #39
 * §5.1), or is made of nothing but such letters. For the scripts that matter most.
 */
export function lookAlikes(text: string): string | undefined {
  for (const word of text.split(/[^\p{L}\p{M}\p{N}]+/u)) {
    const found = SCRIPTS.filter(([, pattern]) => pattern.test(word)).map(([name]) => name)
    if (found.length > 1) return `Letters of ${found.join(' and ')} in one word`
    if (DRAWN_AS_LATIN.test(word)) return 'A word of letters that are drawn as Latin ones, and are none'
    if (IN_OTHER_CLOTHES.test(word)) return 'Letters or digits that are drawn as plain ones, and are none'
  }
  return undefined
}
