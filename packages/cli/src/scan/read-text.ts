import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Skipped } from './finding.ts'

/** Longer ones are data. */
const MOST_BYTES = 4 * 1024 * 1024
const LOOKED_AT = 8192

export interface ReadFile {
  readonly text: string
  /** Changes whenever the file does, also where somebody set its times back. */
  readonly mark: string
  readonly changedMs: number
}

/** Opened without waiting and without following a link that took its place. */
export async function readText(path: string): Promise<ReadFile | Skipped['why']> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = await file.stat({ bigint: true })
    if (!stat.isFile()) return 'not-a-file'
    if (stat.size > MOST_BYTES) return 'too-large'
    const bytes = await file.readFile()
    if (bytes.subarray(0, LOOKED_AT).includes(0)) {
      // Windows writes settings so.
      if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: bytes.toString('utf16le'), ...markOf(stat) }
      return 'binary'
    }
    return { text: bytes.toString('utf8'), ...markOf(stat) }
  } catch {
    return 'unreadable'
  } finally {
    await file?.close()
  }
}

export const markOf = (stat: { readonly size: bigint; readonly ino: bigint; readonly ctimeNs: bigint }) => ({
  mark: `${stat.size}.${stat.ino}.${stat.ctimeNs}`,
  changedMs: Number(stat.ctimeNs / 1_000_000n),
})
