import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ran, startTestBroker, type TestBroker } from '../harness/broker.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await startTestBroker({})
}, 120_000)
afterAll(() => broker?.stop())

/** For people: what is wrong and what to do, never a stack; for programs: exit code 1. */
function expectClear(ran: Ran, ...words: readonly (string | RegExp)[]): void {
  expect(ran).toMatchObject({ code: 1, stdout: '' })
  for (const word of words) expect(ran.stderr).toMatch(word)
  expect(ran.stderr).toMatch(/^broker: .*\n/)
  expect(ran.stderr).toContain('→')
  expect(ran.stderr).not.toMatch(/\n\s+at /)
}

describe('a broker that cannot start says why, and what to do', () => {
  it('where another one owns the state directory', async () => {
    expectClear(
      await broker.cli(['dev', '--port', '0', '--state', broker.stateDir]),
      'Another broker',
      String(broker.pid),
      '--state',
    )
    expect((await fetch(`${broker.url}/readyz`)).status).toBe(200)
  })

  it('where the port is taken, and it leaves no PostgreSQL behind', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    const state = join(broker.home, 'second')
    expectClear(await broker.cli(['dev', '--port', String(port), '--state', state]), String(port), /port/i)
    taken.close()
    // Whoever comes next starts a server of its own, which an orphan would not let it.
    expectClear(await broker.cli(['dev', '--port', new URL(broker.url).port, '--state', state]), /port/i)
  }, 60_000)

  it('where the database does not answer, its password unsaid', async () => {
    const ran = await broker.cli(['dev', '--port', '0', '--state', join(broker.home, 'third')], {
      env: { DATABASE_URL: 'postgres://someone:hunter2secret@127.0.0.1:1/credbroker' },
    })
    expectClear(ran, 'DATABASE_URL')
    expect(ran.stderr).not.toContain('hunter2secret')
  })

  it('where `serve` misses settings: all of them at once', async () => {
    expectClear(await broker.cli(['serve']), 'DATABASE_URL', 'BROKER_PUBLIC_URL', 'BROKER_KEYFILE')
  })

  it('where `serve` was given settings that make no sense, or are for tests: all of them at once', async () => {
    const env = { PORT: 'x', BROKER_KEYFILE: 'relative', BROKER_PUBLIC_URL: 'ftp://x' }
    expectClear(await broker.cli(['serve'], { env }), 'PORT', 'BROKER_KEYFILE', 'BROKER_PUBLIC_URL')
    const failpoint = join(broker.home, 'failpoint')
    expectClear(
      await broker.cli(['serve'], { env: { BROKER_TEST_FAILPOINT: failpoint } }),
      'BROKER_TEST_FAILPOINT',
    )
  })
})
