import { Refused } from '../refusals.ts'

const BLOCK = 512
const ZERO = Buffer.alloc(BLOCK)
/** What npm writes of a file besides its name; anything else could make two readers see two files. */
const PAX =
  /^(path|size|mtime|atime|ctime|uid|gid|uname|gname|dev|ino|nlink|comment|(SCHILY|NODETAR|LIBARCHIVE)\.[A-Za-z.]+)$/

export interface Walked {
  readonly size: number
  readonly folder: boolean
}

/**
 * The files and folders of an archive, in order, as the plainest reader of tar finds them; whoever reads it cleverly
 * must find the same. There is no link, no device and no sparse file in it, nothing global, and nothing after its end.
 *
 * @throws {Refused}
 */
export function walkTar(tar: Buffer): readonly Walked[] {
  const found: Walked[] = []
  let promised: number | undefined
  let at = 0
  for (;;) {
    const header = tar.subarray(at, at + BLOCK)
    if (header.length < BLOCK) throw bad()
    if (header.equals(ZERO)) break
    if (checksum(header) !== octal(header, 148, 8) || !isUstar(header)) throw bad()
    const size = octal(header, 124, 12)
    const body = tar.subarray(at + BLOCK, at + BLOCK + size)
    if (body.length < size) throw bad()
    const type = header.toString('latin1', 156, 157)
    if (type === 'x' && promised === undefined) promised = extended(body) ?? -1
    else if (type === '0' || (type === '5' && size === 0)) {
      if (promised !== undefined && promised >= 0 && promised !== size) throw bad()
      promised = undefined
      found.push({ size, folder: type === '5' })
    } else throw bad()
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  if (promised !== undefined || !tar.subarray(at).equals(Buffer.alloc(tar.length - at))) throw bad()
  return found
}

/** The size that an extended header (POSIX.1-2001) promises for the next file, where it does. */
function extended(body: Buffer): number | undefined {
  let size: number | undefined
  let at = 0
  while (at < body.length) {
    const [whole, digits = ''] = /^([1-9]\d{0,6}) /.exec(body.toString('latin1', at, at + 9)) ?? []
    const record = body.subarray(at, at + Number(digits))
    if (whole === undefined || record.length !== Number(digits) || record.at(-1) !== 10) throw bad()
    const text = plainText(record.subarray(whole.length, -1))
    const name = text.slice(0, text.indexOf('='))
    if (!PAX.test(name)) throw bad()
    if (name === 'size') size = Number(/^=(\d{1,15})$/.exec(text.slice(4))?.[1] ?? -2)
    at += record.length
  }
  return size
}

/** Mode, owners, time and device: nothing that we need, but some readers stop where one is no number. */
const NUMBERS = [
  [100, 108],
  [108, 116],
  [116, 124],
  [136, 148],
  [329, 337],
  [337, 345],
] as const

/** The one form (POSIX.1-1988) in which everybody finds the same name. */
const isUstar = (header: Buffer): boolean =>
  header.toString('latin1', 257, 265) === 'ustar\x0000' &&
  NUMBERS.every(([from, to]) => /^ *[0-7]*[\0 ]*$/.test(header.toString('latin1', from, to))) &&
  /^[^\0]*\0*$/.test(header.toString('latin1', 345, 500))

/** Bytes that are no text, some readers count in another way. */
function plainText(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
  if (!Buffer.from(text).equals(bytes) || /[\u0000-\u001f\u007f]/.test(text)) throw bad()
  return text
}

function checksum(header: Buffer): number {
  let sum = 8 * 32
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte
  return sum
}

function octal(header: Buffer, from: number, length: number): number {
  const [, digits] = /^ *([0-7]{1,12})[\0 ]*$/.exec(header.toString('latin1', from, from + length)) ?? []
  if (digits === undefined) throw bad()
  return Number.parseInt(digits, 8)
}

const bad = () => new Refused('argument_refused', 'tarball')
