import { expect, it } from 'vitest'
import { brokerDouble, enrolledAt, problem, type Reply } from '../../test/broker-double.ts'
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

const task = 'tsk_01jd2q8c0v3m5n7p9r1t3w5y7z'
const asked = {
  ...view,
  work: {
    task,
    grant: 'grt_01jd2q8c0v3m5n7p9r1t3w5y7z',
    agent: 'fixer',
    owner: 'mia',
    scope: 'orders',
    claimed: { purpose: 'mend' },
  },
}
const passed = { finding: 'scn_1', reason: 'a \u202esample' }
const workplace = { [`GET /v1/tasks/${task}`]: { id: task, scan: 'allowed', sandbox: true } }
const logged = {
  'GET /v1/audit/events': {
    items: [
      { index: 1, event: { type: 'finding.allowed', reason: passed.reason, facts: { finding: 'scn_1' } } },
    ],
  },
}
const claimed = { purpose: 'mend', scan: 'allowed', sandbox: true, allowed_findings: [passed] }

it('says what is claimed of the workplace, with what was let pass and why', async () => {
  const routes = { ...listed(asked, { ...asked, id: `${id}2` }), ...workplace, ...logged }
  const { out, paths } = await run(['approvals', 'list'], routes)
  expect(out).toContain('scan allowed 1, sandbox')
  expect(paths).toEqual([
    '/v1/approvals?state=pending',
    `/v1/tasks/${task}`,
    `/v1/audit/events?task=${task}&type=finding.allowed&limit=20`,
  ])
  const one = { [`GET /v1/approvals/${id}`]: asked, ...workplace, ...logged }
  const shown = await run(['approvals', 'show', id], one)
  expect(shown.out).toMatch(
    /claimed:\n.*purpose:.* mend\n.*scan:.* allowed\n.*sandbox:.* true\n.*allowed_findings:/,
  )
  expect(shown.out).toMatch(/finding: +scn_1\n +reason: +a \\u\{202e\}sample\n/)
  const json = await run(['approvals', 'show', id, '--json'], one)
  expect(JSON.parse(json.out)).toEqual({ ...asked, work: { ...asked.work, claimed } })
})

it('shows the question all the same where the workplace may not be read', async () => {
  const { code, out } = await run(['approvals', 'show', id, '--json'], {
    [`GET /v1/approvals/${id}`]: asked,
    ...workplace,
    'GET /v1/audit/events': problem(403, 'forbidden'),
  })
  expect(code).toBe(0)
  expect(JSON.parse(out).work.claimed).toEqual({ purpose: 'mend', scan: 'allowed', sandbox: true })
  const said = { [`GET /v1/tasks/${task}`]: { id: task } }
  expect((await run(['approvals'], { ...listed(asked), ...said })).out).toContain(
    'nothing of a scan, no sandbox',
  )
  expect((await run(['approvals'], listed(asked))).out).not.toMatch(/sandbox/)
})
