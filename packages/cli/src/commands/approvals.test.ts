import { expect, it } from 'vitest'
import { brokerDouble, enrolledAt, type Reply } from '../../test/broker-double.ts'
import { sandbox } from '../../test/run-cli.ts'

const id = 'apr_01jd2q8c0v3m5n7p9r1t3w5y7z'
const url = `https://broker.example/approvals/${id}`
const view = {
  id,
  state: 'pending',
  kind: 'config',
  level: 'passkey',
  environment: 'production',
  requester: 'user:mia',
  reason: 'It widens',
  policies: [],
  url,
  asked_at: '2026-01-01T00:00:00.000Z',
  ends_at: '2026-01-01T01:00:00.000Z',
  changes: ['~ user eve  (widens)', '    roles: viewer → \u202eapprover'],
  missing: 1,
}

async function run(args: readonly string[], routes: Record<string, Reply>) {
  await using here = await sandbox()
  await using broker = await brokerDouble(routes)
  await enrolledAt(broker.url, here.env)
  const ran = await here.run(args)
  return { ...ran, paths: broker.seen.flatMap(({ path }) => (path.startsWith('/v1/') ? [path] : [])) }
}
const listed = (...items: object[]) => ({ 'GET /v1/approvals': { items } })

it('lists what waits, with where to answer it, and says that it cannot', async () => {
  const { code, out, paths } = await run(['approvals'], listed(view))
  expect({ code, paths }).toEqual({ code: 0, paths: ['/v1/approvals?state=pending'] })
  expect(out).toContain(url)
  expect(out).toContain('Nobody can approve at the command line')
})

it('says so when nothing waits; --json is the list as it is', async () => {
  expect((await run(['approvals', 'list'], listed())).out).toBe('Nothing waits for a person.\n')
  expect(JSON.parse((await run(['approvals', 'list', '--json'], listed(view))).out)).toEqual({
    items: [view],
  })
})

it('shows one whole, and nothing in it can move the terminal', async () => {
  const { out } = await run(['approvals', 'show', id], { [`GET /v1/approvals/${id}`]: view })
  expect(out).toContain('  ~ user eve  (widens)\n      roles: viewer → \\u{202e}approver\n')
  expect(out).toContain(url)
})
