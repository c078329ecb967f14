/** What an id names. The prefix is part of the id, so that a log line or an error says what it is about. */
const PREFIX = {
  task: 'tsk',
  grant: 'grt',
  lease: 'lse',
  approval: 'apr',
  event: 'evt',
  request: 'req',
  key: 'key',
  enrolment: 'enr',
  deployment: 'dep',
  passkey: 'psk',
  session: 'ses',
  login: 'lgn',
  breakGlass: 'bgl',
} as const
export type IdKind = keyof typeof PREFIX

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Fills a buffer with random bytes; `crypto.getRandomValues` in production. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array

/**
 * `tsk_` and 26 characters of lower-case Crockford base 32: 48 bits of milliseconds, then 80 random bits.
 * Ids sort by time of creation, which keeps index pages warm; their order is never used as a cursor over commits.
 */
export function newId(kind: IdKind, now: Date, random: FillRandom): string {
  let time = now.getTime()
  let head = ''
  for (let i = 0; i < 10; i++) {
    head = ALPHABET.charAt(time % 32) + head
    time = Math.floor(time / 32)
  }
  let tail = ''
  for (const byte of random(new Uint8Array(16))) tail += ALPHABET.charAt(byte & 31)
  return `${PREFIX[kind]}_${head}${tail}`
}

/** When an id was made, by the clock of whoever made it. */
export const madeAt = (id: string): Date =>
  new Date([...id.slice(4, 14)].reduce((time, letter) => time * 32 + ALPHABET.indexOf(letter), 0))

/** Whether a text has the form of an id of this kind. Says nothing about whether it exists. */
export const isId = (kind: IdKind, text: string): boolean =>
  text.startsWith(`${PREFIX[kind]}_`) && /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/.test(text)

/** The pattern of ids of one kind, for schemas. */
export const idPattern = (kind: IdKind): RegExp => new RegExp(`^${PREFIX[kind]}_[0-9a-hjkmnp-tv-z]{26}$`)
