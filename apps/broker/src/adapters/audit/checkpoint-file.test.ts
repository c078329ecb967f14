import { generateKeyPairSync, sign } from 'node:crypto'
import { appendFile, mkdtemp, readFile, rm, stat, symlink, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCheckpointNotes, openCheckpoint, signCheckpointNote } from '@credbroker/core/audit/checkpoint'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCheckpointFile } from './checkpoint-file.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key = { name: 'broker.example/audit', publicKey, sign: (data: Buffer) => sign(null, data, privateKey) }
const note = (size: number) => signCheckpointNote(size, Buffer.alloc(32, size % 256), key)

describe('the checkpoint file', () => {
  let directory: string
  let path: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'credbroker-checkpoints-'))
    path = join(directory, 'checkpoints')
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('holds nothing before the first note, then every note in order, readable by its owner only', async () => {
    const file = createCheckpointFile(path)
    expect(await file.held()).toEqual([])
    for (const size of [1, 2, 3]) await file.publish(note(size))
    expect(await createCheckpointFile(path).held()).toEqual([note(1), note(2), note(3)])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('takes a note that it ends in already only once', async () => {
    const file = createCheckpointFile(path)
    await file.publish(note(1))
    const before = await readFile(path, 'utf8')
    await createCheckpointFile(path).publish(note(1))
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  it('goes on after a crash in the middle of a write, at any byte', async () => {
    const whole = note(2)
    for (let at = 0; at < Buffer.byteLength(whole); at++) {
      await rm(path, { force: true })
      const file = createCheckpointFile(path)
      await file.publish(note(1))
      const { size } = await stat(path)
      await appendFile(path, `\n${whole}`)
      await truncate(path, size + 1 + at)
      await file.publish(note(3))
      const sizes = (await file.held())
        .map((text) => openCheckpoint(text, [key]))
        .flatMap((opened) => (opened.ok ? [opened.checkpoint.size] : []))
      // Only the newline that ends the note was missing: then the note is whole.
      expect(sizes).toEqual(at === Buffer.byteLength(whole) - 1 ? [1, 2, 3] : [1, 3])
    }
  })

  it('reads the newest notes of a long file', async () => {
    const all = Array.from({ length: 1000 }, (_, i) => note(i + 1))
    await appendFile(path, all.join('\n'))
    const file = createCheckpointFile(path)
    await file.publish(note(1001))
    const held = await file.held()
    expect(held.at(-1)).toBe(note(1001))
    expect(held.length).toBeLessThan(1000)
    expect(findCheckpointNotes(await readFile(path, 'utf8'))).toHaveLength(1001)
  })

  it('refuses a symbolic link and anything that is no regular file', async () => {
    await symlink(join(directory, 'elsewhere'), path)
    await expect(createCheckpointFile(path).publish(note(1))).rejects.toThrow()
    await expect(createCheckpointFile(directory).held()).rejects.toThrow()
    await expect(createCheckpointFile('/dev/null').held()).rejects.toThrow('not a regular file')
  })
})
