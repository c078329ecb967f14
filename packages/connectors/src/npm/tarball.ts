import { gunzipSync } from 'node:zlib'
import type { Json } from '@credbroker/core/canonical-json'
import { Parser } from 'tar'
import { strictJson } from '../guard/strict-json.ts'
import { Refused } from '../refusals.ts'
import { walkTar } from './tar-walk.ts'

const TARBALL_BYTES = 10 * 1024 * 1024
const UNPACKED_BYTES = 64 * 1024 * 1024
const ENTRIES = 20_000

/** What is in a package's tarball, as npm will unpack it. */
export interface Unpacked {
  readonly files: number
  readonly bytes: number
  /** Its `package.json`. */
  readonly manifest: { readonly [name: string]: Json }
  /** There is a `binding.gyp`, which npm builds without being asked. */
  readonly builds: boolean
}

/** @throws {Refused} */
export function unpack(tarball: Buffer): Unpacked {
  if (tarball.length > TARBALL_BYTES) throw new Refused('too_large')
  const tar = inflate(tarball)
  const walked = walkTar(tar)
  const entries = entriesOf(tar)
  const same = entries.every(
    ({ size, folder }, at) => size === walked[at]?.size && folder === walked[at].folder,
  )
  if (entries.length !== walked.length || !same) throw bad()
  // On some machines two spellings are one file, and the second one is what stays.
  const names = new Set(entries.map(({ path }) => path.normalize('NFKD').toLowerCase().replace(/\/$/, '')))
  if (names.size !== entries.length || !entries.every(({ path }) => isPlain(path))) throw bad()
  const manifest = entries.find(({ path }) => path === 'package/package.json')?.content
  if (!manifest) throw bad()
  return {
    files: entries.filter(({ folder }) => !folder).length,
    bytes: walked.reduce((sum, { size }) => sum + size, 0),
    manifest: readManifest(manifest),
    builds: names.has('package/binding.gyp'),
  }
}

function inflate(tarball: Buffer): Buffer {
  let found: unknown
  try {
    found = gunzipSync(tarball, { maxOutputLength: UNPACKED_BYTES, info: true })
  } catch (error) {
    throw error instanceof RangeError ? new Refused('too_large') : bad()
  }
  // What lies behind the archive is dropped by some readers and unpacked by others.
  if (!isInflated(found) || found.engine.bytesWritten !== tarball.length) throw bad()
  return found.buffer
}

/** What zlib gives where it is asked for `info`; its types do not know. */
interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}
const isInflated = (found: unknown): found is Inflated =>
  typeof found === 'object' && found !== null && 'engine' in found && 'buffer' in found

interface Entry {
  readonly path: string
  readonly size: number
  readonly folder: boolean
  /** Of `package.json` alone. */
  content?: Buffer
}

/** With the reader that npm unpacks with. It is done when `end` returns: nothing in it waits. */
function entriesOf(tar: Buffer): readonly Entry[] {
  const entries: Entry[] = []
  let over = false
  const parser = new Parser({
    strict: true,
    brotli: false,
    zstd: false,
    onReadEntry: (entry) => {
      if (entries.length >= ENTRIES) throw new Refused('too_large')
      const read: Entry = { path: entry.path, size: entry.size, folder: entry.type === 'Directory' }
      entries.push(read)
      if (read.path !== 'package/package.json') return void entry.resume()
      const chunks: Buffer[] = []
      entry.on('data', (chunk) => void chunks.push(chunk))
      entry.on('end', () => {
        read.content = Buffer.concat(chunks)
      })
    },
  })
  let failed = false
  parser.on('error', () => {
    failed = true
  })
  parser.on('ignoredEntry', () => {
    failed = true
  })
  parser.on('end', () => {
    over = true
  })
  parser.end(tar)
  if (failed || !over) throw bad()
  return entries
}

/** `package/lib/index.js`: what npm takes the first segment off. */
const isPlain = (path: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
  /^package(\/[^/\\\u0000-\u001f\u007f\ufffd]+)*\/?$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path)

function readManifest(content: Buffer): { readonly [name: string]: Json } {
  try {
    const value = strictJson(content)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as { readonly [name: string]: Json }
  } catch {}
  throw new Refused('argument_refused', 'package.json')
}

const bad = () => new Refused('argument_refused', 'tarball')
