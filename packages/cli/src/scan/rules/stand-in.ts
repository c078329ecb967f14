/** Bits per character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

const WORDS =
  /example|sample|dummy|change[-_]?me|replace|placeholder|redacted|your[-_]|[-_]here$|not[-_]?a|fake|todo|insert|xxxx|\*\*\*\*|\.\.\.|0000|12345678|abcdef0?1?|deadbeef|(?:^|[-_])(?:test|foo|bar|none|null|undefined|true|false)(?:[-_]|$)/i
const REFERENCE =
  /^(?:\$|%|<|\{\{|\[|@|!|env[.:(]|process\.|os\.|vault:|op:\/\/|ref[+:]|arn:|file:|https?:\/\/|\/|\.\/|~)/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}|sha\d+-.+)$/i

const COMMON =
  /^(?:pass(?:word|wd|phrase)?|passw0rd|secret|token|postgres(?:ql)?|mysql|redis|admin(?:istrator)?|root|user(?:name)?|guest|letmein|hunter2|qwerty|minioadmin)\d{0,3}$/i

/** A made-up text. */
export const isMadeUp = (value: string): boolean =>
  WORDS.test(value) || COMMON.test(value) || entropy(value) < 2.5

/** What people write where a secret would stand: a name, a reference to one, a made-up text. */
export const isStandIn = (value: string): boolean => REFERENCE.test(value) || isMadeUp(value)

/** What looks random and is none: identities and checksums. */
export const isIdentity = (value: string): boolean => UUID.test(value) || HASH.test(value)

/** A value that nobody would take for anything but a secret, once its name says so. */
export function looksRandom(value: string): boolean {
  if (isStandIn(value) || isIdentity(value)) return false
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((one) => one.test(value)).length
  // A word, a path, a sentence or a name in code has few kinds of characters.
  return classes >= 2 && (/\d/.test(value) || classes >= 3) && entropy(value) >= 3
}
