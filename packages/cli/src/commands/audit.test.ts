import { generateKeyPairSync, randomFillSync, sign } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { signCheckpointNote } from '@credbroker/core/audit/checkpoint'
import { auditRecord, newEvent } from '@credbroker/core/audit/event'
import { CompactRange } from '@credbroker/core/audit/merkle'
import { formatVerifier } from '@credbroker/core/audit/note'
import { describe, expect, it } from 'vitest'
import { brokerDouble, enrolledAt, type Seen } from '../../test/broker-double.ts'
import { type Sandbox, sandbox } from '../../test/run-cli.ts'

const records = Array.from({ length: 7 }, (_, index) =>
  auditRecord(
    newEvent(
      {
        type: 'task.started',
        phase: 'event',
        result: 'ok',
        actor: { kind: 'agent', id: 'fixer' },
        reason: `no ${index} \u2028 x`,
      },
      new Date(1_767_225_600_000 + index * 1000),
      (bytes) => randomFillSync(bytes),
    ),
  ),
)

function signedLog() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const name = 'broker.example/log'
  const checkpoint = (size: number) => {
    const tree = new CompactRange()
    for (const { leaf } of records.slice(0, size)) tree.append(leaf)
    return signCheckpointNote(size, tree.root(), {
      name,
      publicKey,
      sign: (data) => sign(null, data, privateKey),
    })
  }
  return {
    name,
    pem: publicKey.export({ format: 'pem', type: 'spki' }),
    verifier: formatVerifier({ name, publicKey }),
    checkpoint,
  }
}

async function exported(here: Sandbox, size = 6) {
  const log = signedLog()
  await using broker = await brokerDouble({
    'GET /v1/audit': ({ path }: Seen) => {
      const query = new URL(path, 'http://x').searchParams
      const from = Number(query.get('from'))
      const entries = records
        .slice(from, from + 2)
        .map(({ record }, index) => ({ index: from + index, record }))
      return { entries, next: from + entries.length, size }
    },
    'GET /v1/audit/checkpoint': {
      note: log.checkpoint(size),
      size,
      public_key: log.pem,
      name: log.name,
    },
  })
  await enrolledAt(broker.url, here.env)
  return { ...(await here.run(['audit', 'export', 'e'])), log }
}

const logOf = (here: Sandbox) => join(here.directory, 'e', 'audit.jsonl')
const edit = async (here: Sandbox, change: (lines: string[]) => string[]) => {
  const lines = (await readFile(logOf(here), 'utf8')).split('\n')
  await writeFile(logOf(here), change(lines).join('\n'))
}

describe('an export', () => {
  it('holds exactly what the checkpoint covers, and verifies without a broker', async () => {
    await using here = await sandbox()
    expect(await exported(here)).toMatchObject({ code: 0 })
    const lines = (await readFile(logOf(here), 'utf8')).trimEnd().split('\n')
    expect(lines).toHaveLength(1 + 6 + 1)
    const { code, out } = await here.run(['audit', 'verify', 'e', '--json'])
    expect({ code, ...JSON.parse(out) }).toMatchObject({
      code: 0,
      ok: true,
      verified_size: 6,
      pinned_key: false,
    })
  })

  it.each([
    [
      'an edited record',
      (lines: string[]) => lines.map((line, at) => (at === 3 ? line.replace('fixer', 'other') : line)),
    ],
    ['a deleted record', (lines: string[]) => lines.toSpliced(3, 1)],
    [
      'two records in another order',
      (lines: string[]) => lines.toSpliced(3, 2, lines[4] as string, lines[3] as string),
    ],
    ['a checkpoint that is gone', (lines: string[]) => lines.toSpliced(7, 1)],
  ])('is refused with %s', async (_what, change) => {
    await using here = await sandbox()
    await exported(here)
    await edit(here, change)
    const { code, out } = await here.run(['audit', 'verify', 'e'])
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('NOT VERIFIED.') })
  })

  it('that was cut together with its checkpoint is found out by one that was kept', async () => {
    await using here = await sandbox()
    const { log } = await exported(here, 4)
    await writeFile(join(here.directory, 'kept'), log.checkpoint(6))
    expect((await here.run(['audit', 'verify', 'e'])).code).toBe(0)
    const { code, out } = await here.run(['audit', 'verify', 'e', '--checkpoint', 'kept'])
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('truncated') })
  })

  it('brings the key in the form in which keys are pinned', async () => {
    await using here = await sandbox()
    const { log } = await exported(here)
    expect(await readFile(join(here.directory, 'e', 'public-key'), 'utf8')).toBe(`${log.verifier}\n`)
  })

  it('of another log is refused by a pinned key', async () => {
    await using here = await sandbox()
    await exported(here)
    await writeFile(join(here.directory, 'pinned'), signedLog().verifier)
    expect((await here.run(['audit', 'verify', 'e', '--public-key', 'pinned'])).code).toBe(1)
  })

  it('never overwrites another one', async () => {
    await using here = await sandbox()
    await exported(here)
    expect((await exported(here)).code).toBe(1)
  })
})
