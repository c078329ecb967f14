import { generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ran } from '../harness/broker.ts'
import { approvedDrop, pinned, type ReceiptWorld, startReceiptWorld } from './world.ts'

let world: ReceiptWorld
let task: string
let file: string
let made: Ran

const at = (name: string) => join(world.broker.home, name)
/** Nobody listens there: whatever asked a broker would fail. */
const offline = (args: readonly string[]) =>
  world.broker.cli(['receipt', ...args], { env: { BROKER_URL: 'http://127.0.0.1:1' } })

beforeAll(async () => {
  world = await startReceiptWorld()
  const work = await world.task(['api'])
  await work.call('PUT', '/v1/secret', { body: { a: 1 } })
  expect((await approvedDrop(work, '/v1/orders/o1', world.mia)).status).toBe(200)
  await world.end(work)
  task = work.id
  file = at('receipt.json')
  await writeFile(at('pinned.pub'), pinned(world.key))
  made = await world.broker.cli(['receipt', task, '--out', file])
}, 180_000)
afterAll(() => world?.stop())

describe('broker receipt', () => {
  it('shows who did what under which approval, and writes what proves it', async () => {
    expect(made.code, made.stderr).toBe(0)
    for (const text of [
      'Receipt, final',
      'claude-code',
      'opus-4',
      'Destroyed',
      'drop',
      's3://backups/orders',
      'mia approve',
      'Refused',
    ])
      expect(made.stdout).toContain(text)
    const again = await world.broker.cli(['receipt', task, '--out', file])
    expect(again.code).toBe(1)
    const json = await world.broker.cli(['receipt', task, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({
      format: 'credbroker-receipt/1',
      summary: { state: 'final' },
    })
  })

  it('--verify needs no broker, and says what is proven', async () => {
    const ran = await offline(['--verify', file, '--public-key', at('pinned.pub')])
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.stdout).toContain('Verified.')
    expect(ran.stdout).toContain('1 answers of people are signed')
    const json = await offline([task, '--verify', file, '--public-key', at('pinned.pub'), '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, findings: [], answers: { verified: 1 } })
  })

  it('--verify answers 1 for a changed one, another task or another key, and 2 without a key', async () => {
    const text = await readFile(file, 'utf8')
    await writeFile(at('forged.json'), text.replaceAll('claude-code', 'claude-cope'))
    const forged = await offline(['--verify', at('forged.json'), '--public-key', at('pinned.pub')])
    expect(forged.code).toBe(1)
    expect(forged.stdout).toContain('a record is not in the log that was signed')
    const other = task.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    expect((await offline([other, '--verify', file, '--public-key', at('pinned.pub')])).code).toBe(1)
    const { publicKey } = generateKeyPairSync('ed25519')
    await writeFile(at('other.pub'), pinned({ name: world.key.name, publicKey }))
    expect((await offline(['--verify', file, '--public-key', at('other.pub')])).code).toBe(1)
    expect((await offline(['--verify', file])).code).toBe(2)
    expect((await offline([])).code).toBe(2)
  })
})
