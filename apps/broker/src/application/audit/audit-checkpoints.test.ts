import { generateKeyPairSync, sign } from 'node:crypto'
import { openCheckpoint } from '@credbroker/core/audit/checkpoint'
import { CompactRange, leafHash, treeRoot } from '@credbroker/core/audit/merkle'
import { TILE } from '@credbroker/core/audit/prover'
import { describe, expect, it } from 'vitest'
import type { AuditTree, CheckpointKey, CheckpointStore, StoredCheckpoint } from '../../ports/audit.ts'
import { checkRollback } from './check-rollback.ts'
import { createCheckpointSigner, type SignResult } from './sign-checkpoint.ts'

const makeKey = (name = 'broker.example/audit'): CheckpointKey => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { name, publicKey, sign: (data) => sign(null, data, privateKey) }
}
const key = makeKey()
const keys = [key]
const leavesOf = (count: number, history = 'a') =>
  Array.from({ length: count }, (_, i) => leafHash(`${i < 3 ? 'a' : history} ${i}`))

/** A database in memory that can be rolled back and rewritten. */
class Database {
  leaves: Buffer[] = []
  head = new CompactRange()
  stored: StoredCheckpoint[] = []

  become(leaves: Buffer[]): void {
    this.leaves = leaves
    this.head = new CompactRange()
    for (const leaf of leaves) this.head.append(leaf)
  }

  readonly tree: AuditTree = {
    head: async () => new CompactRange(this.head.size, this.head.frontier()),
    tiles: async (level, tile, width) =>
      Array.from({ length: width }, (_, i) => {
        const unit = TILE ** level
        const start = (tile * TILE + i) * unit
        return this.leaves.slice(start, start + unit)
      })
        .filter((part) => part.length > 0)
        .map(treeRoot),
  }

  readonly checkpoints: CheckpointStore = {
    newest: async () => this.stored.toSorted((a, b) => b.size - a.size)[0],
    keep: async (checkpoint) => {
      const known = this.stored.find(({ size }) => size === checkpoint.size)
      if (!known) this.stored.push(checkpoint)
      return known ?? checkpoint
    },
    after: async (size, limit) => this.stored.filter((one) => one.size > size).slice(0, limit),
  }
}

const setUp = (held?: StoredCheckpoint) => {
  const database = new Database()
  const published: string[] = []
  const signer = createCheckpointSigner({
    tree: database.tree,
    checkpoints: database.checkpoints,
    key,
    held,
    publish: (note) => {
      // Persist first: what the world may have seen is never forgotten.
      expect(database.stored.map((one) => one.note)).toContain(note)
      published.push(note)
    },
  })
  return { database, published, signer }
}
const noteOf = (result: SignResult): string => {
  if (result.state !== 'signed' && result.state !== 'unchanged') throw new Error(result.state)
  return result.checkpoint.note
}

describe('the checkpoint signer', () => {
  it('signs size and root of the tree, keeps the note, and only then publishes it', async () => {
    const { database, published, signer } = setUp()
    expect(await signer.sign()).toEqual({ state: 'empty' })
    database.become(leavesOf(300))
    const result = await signer.sign()
    expect(result.state).toBe('signed')
    expect(openCheckpoint(noteOf(result), keys)).toMatchObject({
      ok: true,
      checkpoint: { origin: key.name, size: 300, root: treeRoot(leavesOf(300)) },
    })
    expect(published).toEqual([noteOf(result)])
    expect(await signer.sign()).toMatchObject({ state: 'unchanged', checkpoint: { size: 300 } })
    expect(published).toHaveLength(1)
  })

  it('publishes after a restart what was kept but perhaps never published', async () => {
    const { database, published, signer } = setUp()
    database.become(leavesOf(5))
    const note = noteOf(await signer.sign())
    const again = setUp()
    again.database.become(leavesOf(5))
    again.database.stored = database.stored
    expect(await again.signer.sign()).toMatchObject({ state: 'unchanged' })
    expect(again.published).toEqual([note])
    expect(published).toEqual([note])
  })

  it('takes turns with other replicas over one database', async () => {
    const { database, signer } = setUp()
    const other = createCheckpointSigner({ ...database, key, publish: () => {} })
    for (let size = 1; size < 40; size++) {
      database.become(leavesOf(size))
      const [one, two] = await Promise.all([signer.sign(), other.sign()])
      expect(noteOf(one as SignResult)).toBe(noteOf(two as SignResult))
      if (size % 3 === 0) await other.sign()
    }
    expect(database.stored).toHaveLength(39)
  })

  it.each([
    ['rolled back', 'behind', leavesOf(200)],
    ['rewritten at the same size', 'forked', leavesOf(300, 'b')],
    ['rewritten and longer', 'forked', leavesOf(1000, 'b')],
    ['emptied', 'behind', []],
  ] as const)(
    'never signs for a database that was %s under it, even if it forgot its checkpoints (I13)',
    async (_, why, leaves) => {
      const { database, published, signer } = setUp()
      database.become(leavesOf(300))
      await signer.sign()
      database.become([...leaves])
      const expected = { state: 'inconsistent', why, signedSize: 300 }
      expect(await signer.sign()).toEqual(expected)
      database.stored = []
      expect(await signer.sign()).toEqual(expected)
      expect(published).toHaveLength(1)
      expect(database.stored).toEqual([])
    },
  )

  it('never signs against a checkpoint that only a sink remembers', async () => {
    const before = setUp()
    before.database.become(leavesOf(300))
    const result = await before.signer.sign()
    const held = result.state === 'signed' ? result.checkpoint : undefined
    const after = setUp(held)
    after.database.become(leavesOf(100))
    expect(await after.signer.sign()).toEqual({ state: 'inconsistent', why: 'behind', signedSize: 300 })
    after.database.become(leavesOf(301))
    expect(await after.signer.sign()).toMatchObject({ state: 'signed', checkpoint: { size: 301 } })
  })

  it('never signs a head that the stored entries do not give', async () => {
    const { database, signer } = setUp()
    database.become(leavesOf(10))
    database.leaves[9] = leafHash('edited')
    expect(await signer.sign()).toMatchObject({ state: 'inconsistent', why: 'forked' })
    database.leaves.pop()
    expect(await signer.sign()).toMatchObject({ state: 'inconsistent', why: 'forked' })
    expect(database.stored).toEqual([])
  })
})

describe('the check for a rolled-back database at boot (I13)', () => {
  const history = async () => {
    const { database, signer } = setUp()
    const notes: string[] = []
    for (const size of [5, 300]) {
      database.become(leavesOf(size))
      notes.push(noteOf(await signer.sign()))
    }
    return { database, notes }
  }

  it('passes the database that was left, and says whether anything outside it proves that', async () => {
    const { database, notes } = await history()
    const check = (held: string[]) => checkRollback(database, { held, keys })
    expect(await check(notes)).toMatchObject({ state: 'consistent', proven: true, newest: { size: 300 } })
    expect(await check([])).toEqual({ state: 'consistent', proven: false, newest: undefined })
    expect(await checkRollback(new Database(), { held: [], keys })).toMatchObject({
      state: 'consistent',
      proven: false,
    })
    database.become(leavesOf(900))
    expect(await check(notes.toReversed())).toMatchObject({ state: 'consistent', proven: true })
  })

  it('finds a restored older database, whose own checkpoints all fit, by the sink', async () => {
    const { database, notes } = await history()
    database.become(leavesOf(5))
    database.stored = database.stored.filter(({ size }) => size <= 5)
    expect(await checkRollback(database, { held: [], keys })).toMatchObject({
      state: 'consistent',
      proven: false,
    })
    expect(await checkRollback(database, { held: notes, keys })).toEqual({
      state: 'behind',
      source: 'sink',
      signedSize: 300,
      treeSize: 5,
    })
  })

  it('finds rewritten history by the sink, and by the database’s own checkpoints where those were forgotten', async () => {
    const { database, notes } = await history()
    database.become(leavesOf(400, 'b'))
    expect(await checkRollback(database, { held: notes, keys })).toMatchObject({
      state: 'forked',
      source: 'sink',
    })
    expect(await checkRollback(database, { held: [], keys })).toMatchObject({
      state: 'forked',
      source: 'database',
    })
  })

  it('passes no checkpoints that it cannot read: the wrong key, another log or tampering', async () => {
    const { database, notes } = await history()
    const others = { held: notes, keys: [makeKey()] }
    expect(await checkRollback(database, others)).toEqual({ state: 'unreadable', source: 'sink' })
    expect(await checkRollback(database, { ...others, held: [] })).toEqual({
      state: 'unreadable',
      source: 'database',
    })
    const torn = { held: ['torn', ...notes], keys: [makeKey(), key] }
    expect(await checkRollback(database, torn)).toMatchObject({ state: 'consistent', proven: true })
  })
})
