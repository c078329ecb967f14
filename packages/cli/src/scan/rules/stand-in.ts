/** Bits per character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

const WORDS =
  /\$\{|example|sample|dummy|change[-_]?me|replace|placeholder|redacted|your[-_]|[-_]here$|not[-_]?a|fake|todo|insert|xxxx|\*\*\*\*|\.\.\.|0000|12345678|abcdef0?1?|deadbeef|canary|hunter2|(?:^|[-_])(?:test|foo|bar|none|null|undefined|true|false)(?:[-_]|$)/i
const REFERENCE =
  /^(?:\$|%|<|\{\{|\[|@|!|env[.:(]|process\.|os\.|vault:|op:\/\/|ref[+:]|arn:|file:|https?:\/\/|\/|\.\/|~)/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}|sha\d+-.+)$/i

const COMMON =
  /^(?:pass(?:word|wd|phrase)?|p(?:a|@|%40)ssw(?:o|0)rd|secret|token|postgres(?:ql)?|mysql|redis|admin(?:istrator)?|root|user(?:name)?|guest|letmein|qwerty|minioadmin)\d{0,3}$/i

/** A made-up text. */
export const isMadeUp = (value: string): boolean =>
  WORDS.test(value) || COMMON.test(value) || entropy(value) < 2.5

/** What people write where a secret would stand: a name, a reference to one, a made-up text. */
export const isStandIn = (value: string): boolean => REFERENCE.test(value) || isMadeUp(value)

/** What looks random and is none: identities and checksums. */
export const isIdentity = (value: string): boolean => UUID.test(value) || HASH.test(value)

/** Words and numbers, as people name things: `scram-sha-256`, `orders.v2`. */
const isName = (value: string): boolean =>
  value.split(/[^a-zA-Z\d]+/).every((part) => /^(?:[a-z]*|[A-Z]?[a-z]+|[A-Z]+|v?\d{1,4})$/.test(part))

/** A value that nobody would take for anything but a secret, once its name says so. */
export function looksRandom(value: string): boolean {
  if (isStandIn(value) || isIdentity(value) || isName(value) || value.includes('://')) return false
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((one) => one.test(value)).length
  // A word, a path, a sentence or a name in code has few kinds of characters.
  return classes >= 2 && (/\d/.test(value) || classes >= 3) && entropy(value) >= 3
}

/** A password is short, and may be a word. */
export const looksLikePassword = (value: string): boolean =>
  value.length >= 6 && !isStandIn(value) && !isName(value)
