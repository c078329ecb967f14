import { describe, expect, it } from 'vitest'
import { brokerDouble, enrolledAt, problem } from '../test/broker-double.ts'
import { sandbox } from '../test/run-cli.ts'

const me = { principal: 'user:mia', roles: ['admin'] }
const proofOf = (header: unknown) =>
  JSON.parse(Buffer.from(String(header).split('.')[1] as string, 'base64url').toString())

describe('a command that asks the broker', () => {
  it('signs a fresh proof for each request and shows what came back', async () => {
    await using here = await sandbox()
    await using broker = await brokerDouble({ 'GET /v1/whoami': me })
    await enrolledAt(broker.url, here.env)
    const { code, out } = await here.run(['whoami', '--json'])
    expect({ code, out: JSON.parse(out) }).toEqual({ code: 0, out: me })
    const [, asked] = broker.seen
    expect(asked?.authorization).toBe('DPoP principal-token')
    expect(proofOf(asked?.headers['dpop'])).toMatchObject({ htm: 'GET', htu: `${broker.url}/v1/whoami` })
  })

  it('goes to --url, then BROKER_URL, then the profile’s', async () => {
    await using here = await sandbox()
    await using first = await brokerDouble({ 'GET /v1/whoami': me })
    await using second = await brokerDouble({ 'GET /v1/whoami': me })
    await enrolledAt('http://127.0.0.1:1', here.env)
    here.env['BROKER_URL'] = first.url
    expect((await here.run(['whoami', '--url', second.url])).code).toBe(0)
    expect([first.seen.length, second.seen.length]).toEqual([0, 2])
    expect((await here.run(['whoami'])).code).toBe(0)
    expect([first.seen.length, second.seen.length]).toEqual([2, 2])
  })

  it.each(['http://broker.example', 'ftp://127.0.0.1', 'https://mia@broker.example', 'broker'])(
    'refuses to send its proofs to %s',
    async (url) => {
      await using here = await sandbox()
      await enrolledAt('http://127.0.0.1:1', here.env)
      const { code, err } = await here.run(['whoami', '--url', url])
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('Not the URL of a broker') })
    },
  )

  it('says where to get a profile when there is none', async () => {
    await using here = await sandbox()
    const { code, err } = await here.run(['whoami', '--profile', 'fixer'])
    expect(code).toBe(1)
    expect(err).toContain('broker enroll --profile fixer')
  })

  it('says so when nothing answers', async () => {
    await using here = await sandbox()
    await enrolledAt('http://127.0.0.1:1', here.env)
    const { code, out } = await here.run(['whoami', '--json'])
    expect({ code, error: JSON.parse(out).error.code }).toEqual({ code: 1, error: 'unreachable' })
  })
})

describe('what the broker refuses', () => {
  const refuse = async (status: number, code: string, rest: object = {}) => {
    await using here = await sandbox()
    await using broker = await brokerDouble({ 'GET /v1/roots': problem(status, code, rest) })
    await enrolledAt(broker.url, here.env)
    return await here.run(['root', 'list', '--json'])
  }

  it.each([
    [403, 'denied', 3],
    [403, 'forbidden', 3],
    [403, 'frozen', 3],
    [403, 'tampered', 3],
    [403, 'approval_required', 4],
    [409, 'conflict', 1],
    [401, 'unauthenticated', 1],
    [503, 'audit_unavailable', 1],
    [500, 'something_new', 1],
  ])('%i %s ends with exit code %i', async (status, code, exit) => {
    expect((await refuse(status, code)).code).toBe(exit)
  })

  it('is told with title, detail, one line per problem, and what to do', async () => {
    const { err, out } = await refuse(409, 'reach_refused', {
      detail: 'orders-db reaches production.',
      problems: [{ at: 'database', message: 'PUBLIC may connect' }],
      todo: 'REVOKE CONNECT … FROM PUBLIC',
      approval_url: 'https://broker/approvals/1',
    })
    expect(err.split('\n')).toEqual([
      'broker: The credential reaches past its environment',
      '  orders-db reaches production.',
      '  database  PUBLIC may connect',
      '  approve at: https://broker/approvals/1',
      '  → REVOKE CONNECT … FROM PUBLIC',
      '  request req_0',
      '',
    ])
    expect(JSON.parse(out).error).toMatchObject({ code: 'reach_refused', request_id: 'req_0' })
  })

  it('cannot move the cursor or hide text', async () => {
    const { err } = await refuse(403, 'denied', { detail: 'no\u001b[2K\rbroker: granted \u202e' })
    expect(err).toContain('no\\u{1b}[2K\\u{d}broker: granted \\u{202e}')
  })
})

it('a list is read to its last page', async () => {
  await using here = await sandbox()
  const team = (name: string) => ({ name, agents: [], source: 'api', disabled: false, tampered: false })
  await using broker = await brokerDouble({
    'GET /v1/teams': ({ path }) =>
      path.includes('cursor=two') ? { items: [team('b')] } : { items: [team('a')], next_cursor: 'two' },
  })
  await enrolledAt(broker.url, here.env)
  const { out } = await here.run(['team', 'list'])
  expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual(['NAME', 'a', 'b', ''])
})
