import { createHash } from 'node:crypto'
import { inflateSync } from 'node:zlib'

type Algorithm = 'sha1' | 'sha256'
const COMMIT = 1
const OFFSET_DELTA = 6
const REFERENCE_DELTA = 7
/** Of all that is unpacked to look for commits, which git packs first. A small pack can unpack to gigabytes. */
const MOST_BYTES = 8 * 1024 * 1024

export const algorithmOf = (id: string): Algorithm => (id.length === 64 ? 'sha256' : 'sha1')

const digest = (algorithm: Algorithm, ...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash(algorithm)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** A pack and nothing after it: its last bytes are the hash of all others. @see https://git-scm.com/docs/gitformat-pack */
export function isPack(bytes: Buffer, algorithm: Algorithm): boolean {
  const end = bytes.length - (algorithm === 'sha1' ? 20 : 32)
  if (end < 12 || bytes.toString('latin1', 0, 4) !== 'PACK' || bytes.readUInt32BE(4) !== 2) return false
  return digest(algorithm, bytes.subarray(0, end)).equals(bytes.subarray(end))
}

/**
 * Whether `to` certainly contains `from`: a chain of commits in this pack leads from one to the other, by hashes that nobody
 * can choose. Commits that are not in it, or not whole, prove nothing.
 */
export function proves(pack: Buffer, to: string, from: string): boolean {
  const parents = parentsIn(pack, algorithmOf(to))
  const seen = new Set<string>()
  const ahead = [to]
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    if (id === from) return true
    if (seen.has(id)) continue
    seen.add(id)
    ahead.push(...(parents.get(id) ?? []))
  }
  return false
}

/** The parents of every whole commit, as far as the pack can be read. */
function parentsIn(pack: Buffer, algorithm: Algorithm): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  const end = pack.length - (algorithm === 'sha1' ? 20 : 32)
  let at = 12
  let budget = MOST_BYTES
  try {
    for (let left = pack.readUInt32BE(8); left > 0; left--) {
      const { type, size, next } = readHead(pack, at, algorithm)
      budget -= size
      if (budget < 0) break
      const { content, used } = unpack(pack.subarray(next, end), size)
      at = next + used
      if (type !== COMMIT) continue
      const id = digest(algorithm, `commit ${content.length}\0`, content).toString('hex')
      const [head = ''] = content.toString('latin1').split('\n\n')
      found.set(
        id,
        [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent = '']) => parent),
      )
    }
  } catch {
    // Whatever cannot be read proves nothing.
  }
  return found
}

function readHead(pack: Buffer, start: number, algorithm: Algorithm) {
  let at = start
  let byte = pack.readUInt8(at++)
  const type = (byte >> 4) & 7
  let size = byte & 15
  for (let shift = 4; byte & 0x80; shift += 7) {
    byte = pack.readUInt8(at++)
    size += (byte & 0x7f) * 2 ** shift
  }
  if (type === REFERENCE_DELTA) at += algorithm === 'sha1' ? 20 : 32
  if (type === OFFSET_DELTA) while (pack.readUInt8(at++) & 0x80);
  return { type, size, next: at }
}

function unpack(bytes: Buffer, size: number): { readonly content: Buffer; readonly used: number } {
  const { buffer, engine } = inflateSync(bytes, {
    info: true,
    maxOutputLength: Math.max(size, 1),
  }) as unknown as {
    readonly buffer: Buffer
    readonly engine: { readonly bytesWritten: number }
  }
  if (buffer.length !== size) throw new RangeError('an object of another size')
  return { content: buffer, used: engine.bytesWritten }
}
