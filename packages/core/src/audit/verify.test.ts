import { generateKeyPairSync, randomFillSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signCheckpointNote } from './checkpoint.ts'
import { type AuditEventFields, auditRecord, newEvent } from './event.ts'
import { checkpointLine, entryLine, headerLine, parseExportLine } from './export.ts'
import { CompactRange, leafHash } from './merkle.ts'
import type { NoteSigner } from './note.ts'
import { verifyAudit } from './verify.ts'

const makeSigner = (name: string): NoteSigner => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { name, publicKey, sign: (data) => sign(null, data, privateKey) }
}
const key = makeSigner('broker.example/audit')
const keys = [key]

const recordAt = (i: number, fields: Partial<AuditEventFields> = {}, shiftMs = 0): string =>
  auditRecord(
    newEvent(
      { type: 'task.started', phase: 'event', actor: { kind: 'agent', id: `agent-${i}` }, ...fields },
      new Date(Date.UTC(2026, 3, 25) + i * 1000 + shiftMs),
      (bytes) => randomFillSync(bytes),
    ),
  ).record

/** An honest log: every line, and the checkpoint notes by size. */
function logOf(records: readonly string[], signAt: readonly number[], from = 0) {
  const tree = new CompactRange()
  const lines: string[] = []
  const notes = new Map<number, string>()
  if (from === 0) lines.push(headerLine(0, Buffer.alloc(0)))
  records.forEach((record, index) => {
    tree.append(leafHash(record))
    if (index >= from) lines.push(entryLine(index, record))
    if (tree.size === from) lines.push(headerLine(from, tree.frontier()))
    if (!signAt.includes(tree.size)) return
    const note = signCheckpointNote(tree.size, tree.root(), key)
    notes.set(tree.size, note)
    if (tree.size > from) lines.push(checkpointLine(note))
  })
  return { lines, notes }
}

const records = Array.from({ length: 30 }, (_, i) => recordAt(i))
const honest = logOf(records, [10, 20, 30])
const noteAt = (size: number) => honest.notes.get(size) as string
const kinds = async (lines: readonly string[], held: readonly string[] = []) =>
  (await verifyAudit(lines, { keys, held })).findings.map((finding) => finding.kind)

describe('verifying an export offline', () => {
  it('accepts an honest log up to its newest checkpoint', async () => {
    const result = await verifyAudit(honest.lines, { keys, held: [noteAt(10), noteAt(30)] })
    expect(result).toMatchObject({
      ok: true,
      from: 0,
      size: 30,
      verifiedSize: 30,
      checkpoints: 5,
      findings: [],
    })
  })

  it('accepts a part of the log that begins later, by the frontier that its checkpoint confirms', async () => {
    const part = logOf(records, [10, 20, 30], 13)
    expect(await verifyAudit(part.lines, { keys, held: [noteAt(10)] })).toMatchObject({
      ok: true,
      from: 13,
      size: 30,
      verifiedSize: 30,
    })
    const forged = part.lines.with(0, headerLine(13, Buffer.alloc(96, 1)))
    expect(await kinds(forged)).toEqual(['altered'])
    expect(await kinds(part.lines.with(0, headerLine(13, Buffer.alloc(64))))).toContain('malformed_line')
  })

  it('detects every edit of what a checkpoint covers, and says between which checkpoints', async () => {
    const forged = logOf(
      records.with(14, recordAt(14, { actor: { kind: 'agent', id: 'somebody-else' } })),
      [],
    )
    const lines = honest.lines.map((line) =>
      line.includes('"index":14}') ? (forged.lines[15] as string) : line,
    )
    const result = await verifyAudit(lines, { keys })
    expect(result.findings).toEqual([{ kind: 'altered', from: 10, to: 20 }])
    expect(result).toMatchObject({ ok: false, verifiedSize: 10 })
  })

  it('detects any single changed character, deleted, repeated or moved line', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: honest.lines.length - 1 }),
        fc.nat(),
        fc.constantFrom('change', 'delete', 'repeat', 'swap'),
        async (at, where, how) => {
          const line = honest.lines[at] as string
          const i = where % line.length
          const last = at === honest.lines.length - 1
          const changed = `${line.slice(0, i)}${String.fromCharCode(line.charCodeAt(i) ^ 1)}${line.slice(i + 1)}`
          const lines =
            how === 'change'
              ? honest.lines.with(at, changed)
              : how === 'delete'
                ? honest.lines.toSpliced(at, 1)
                : how === 'repeat'
                  ? honest.lines.toSpliced(at, 0, line)
                  : last
                    ? honest.lines
                    : honest.lines.toSpliced(at, 2, honest.lines[at + 1] as string, line)
          const isCheckpoint = line.startsWith('{"checkpoint"')
          // The outside copy of the newest checkpoint makes up for one that was taken out of the export.
          const harmless = (isCheckpoint && (how === 'delete' || how === 'repeat')) || lines === honest.lines
          const swappedCheckpoint = isCheckpoint || honest.lines[at + 1]?.startsWith('{"checkpoint"')
          if (how === 'swap' && swappedCheckpoint) return
          const result = await verifyAudit(lines, { keys, held: [noteAt(30)] })
          expect(result.ok).toBe(harmless)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('detects deletion and reordering even when the rest is numbered anew', async () => {
    const without = logOf(records.toSpliced(4, 1), [])
    expect(await kinds([...without.lines.slice(0, 11), checkpointLine(noteAt(10))])).toEqual(['altered'])
    const swapped = logOf(records.with(4, records[5] as string).with(5, records[4] as string), [])
    expect(await kinds([...swapped.lines.slice(0, 11), checkpointLine(noteAt(10))])).toEqual(['altered'])
  })

  it('tells a missing entry from a moved and a repeated one', async () => {
    const line = (index: number) => honest.lines.findIndex((text) => text.endsWith(`"index":${index}}`))
    const verify = async (lines: string[]) => (await verifyAudit(lines, { keys })).findings
    expect(await verify(honest.lines.toSpliced(line(12), 2))).toEqual([{ kind: 'missing', from: 12, to: 14 }])
    const moved = honest.lines.toSpliced(line(12), 1).toSpliced(line(15), 0, honest.lines[line(12)] as string)
    expect(await verify(moved)).toEqual([{ kind: 'out_of_order', index: 12 }])
    const twice = honest.lines.toSpliced(line(25), 0, honest.lines[line(12)] as string)
    expect(await verify(twice)).toEqual([{ kind: 'repeated', index: 12 }])
  })

  it('detects a truncated tail only by a checkpoint that was held outside', async () => {
    const cut = honest.lines.slice(0, honest.lines.indexOf(checkpointLine(noteAt(20))) + 1)
    expect(await kinds(cut)).toEqual([])
    const result = await verifyAudit(cut, { keys, held: [noteAt(30)] })
    expect(result.findings).toEqual([{ kind: 'truncated', size: 20, signedSize: 30 }])
  })

  it('detects a fork: two signed histories of one size', async () => {
    const other = logOf(records.with(3, recordAt(3, { environment: 'production' })), [10, 20])
    const held = [other.notes.get(20) as string]
    expect((await verifyAudit(honest.lines, { keys, held })).findings).toEqual([{ kind: 'fork', size: 20 }])
  })

  it('takes no checkpoint of another key, and no export that nothing vouches for', async () => {
    const stranger = makeSigner(key.name)
    const result = await verifyAudit(honest.lines, { keys: [stranger] })
    expect(result.findings.map((finding) => finding.kind)).toEqual([
      'bad_checkpoint',
      'bad_checkpoint',
      'bad_checkpoint',
      'unsigned',
    ])
    expect(await kinds(logOf(records, []).lines)).toEqual(['unsigned'])
    expect(await kinds([])).toEqual(['unsigned'])
    expect(await kinds(honest.lines, ['garbage'])).toEqual(['bad_checkpoint'])
  })

  it('says how far the signatures reach when entries came after the newest checkpoint', async () => {
    const result = await verifyAudit(logOf(records, [10, 20]).lines, { keys })
    expect(result).toMatchObject({ ok: true, size: 30, verifiedSize: 20 })
  })

  it('takes backward clocks for a warning only, since replicas have clocks of their own', async () => {
    const skewed = logOf(records.with(5, recordAt(5, {}, -61_000)), [30])
    const result = await verifyAudit(skewed.lines, { keys })
    expect(result).toMatchObject({ ok: true, clock: { regressions: 1, largestSeconds: 60 } })
  })

  it('lists intents without a definite outcome as unknown, in whichever order the pairs were numbered (I6)', async () => {
    const intent = recordAt(0, { type: 'lease.minted', phase: 'intent' })
    const id = JSON.parse(intent).id
    const outcome = (result: 'ok' | 'unknown') =>
      recordAt(1, { type: 'lease.minted', phase: 'outcome', result, intent: id })
    const unknown = async (...list: string[]) => {
      const result = await verifyAudit(logOf(list, [list.length]).lines, { keys })
      expect(result.ok).toBe(true)
      return result.unknown.map((open) => open.id)
    }
    expect(await unknown(intent)).toEqual([id])
    expect(await unknown(intent, outcome('ok'))).toEqual([])
    expect(await unknown(outcome('ok'), intent)).toEqual([])
    expect(await unknown(intent, outcome('unknown'))).toEqual([id])
    expect(await unknown(intent, outcome('unknown'), outcome('ok'))).toEqual([])
  })

  it('takes lines only in canonical form, so that a reader sees what was hashed', () => {
    const line = honest.lines[1] as string
    expect(parseExportLine(line)).toMatchObject({ kind: 'entry', index: 0, record: records[0] })
    for (const other of [
      line.replace('{"event":{', '{"event":{"at":"2020-01-01T00:00:00.000Z",'),
      line.replace('"index":0', '"index":0.0'),
      line.replace('"index":0', '"index":1,"index":0'),
      `${line} `,
      line.replace('agent-0', '\\u0061gent-0'),
      line.replace('"index":0', '"index":0,"note":"x"'),
      '[]',
      'null',
      '{',
    ]) {
      expect(parseExportLine(other)).toBeUndefined()
    }
  })
})
