import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { findCheckpointNotes } from '@credbroker/core/audit/checkpoint'
import type { CheckpointSink } from '../../ports/audit.ts'

export interface CheckpointFile extends CheckpointSink {
  /** The notes at the end of the file, oldest first; none when there is no file. Believe them by their signatures only. */
  held(): Promise<string[]>
}

const TAIL_BYTES = 64 * 1024
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants

/**
 * Appends checkpoints to one file, each durable before `publish` resolves. Worth something only where whoever can
 * write the database cannot write this: another disk, a mount that only appends, a directory that is copied elsewhere.
 * @param path from the configuration, never from a request; it must not be a symbolic link
 */
export function createCheckpointFile(path: string): CheckpointFile {
  return {
    name: `file ${path}`,

    async publish(note) {
      await using file = await openFile(path, O_RDWR | O_APPEND | O_CREAT)
      const { text, size } = await readTail(file)
      if (findCheckpointNotes(text).at(-1) === note && text.endsWith(note)) return
      // A crash may have left half a note; an empty line keeps it from spoiling this one.
      const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
      await file.appendFile(gap + note)
      await file.sync()
      if (size === 0) await syncDirectory(dirname(path))
    },

    async held() {
      try {
        await using file = await openFile(path, O_RDONLY)
        return findCheckpointNotes((await readTail(file)).text)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    },
  }
}

async function openFile(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags | O_NOFOLLOW, 0o600)
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new Error('the checkpoint sink is not a regular file')
}

async function readTail(file: FileHandle): Promise<{ text: string; size: number }> {
  const { size } = await file.stat()
  const start = Math.max(0, size - TAIL_BYTES)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
  return { text: buffer.toString('utf8', 0, bytesRead), size }
}

// The file's name must survive a power cut as well as its content.
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, O_RDONLY)
  await directory.sync()
}
