import { Secret } from '@credbroker/core/secret'
import { expect, it } from 'vitest'
import { confine } from './confine.ts'
import { planWays } from './destinations.ts'
import { innerEnv } from './inner-env.ts'
import type { Layout } from './layout.ts'
import { seatbeltProfile } from './seatbelt.ts'

const secret = new Secret('x')
const postgres = (host: string, port = 5432) =>
  ({ form: 'postgres', host, port, database: 'd', user: 'u', password: secret, sslmode: 'require' }) as const
const aws = {
  form: 'aws',
  accessKeyId: 'A',
  secretAccessKey: secret,
  sessionToken: secret,
  region: 'eu-central-1',
} as const

it('a server keeps its name, and gets an address of the loopback inside', () => {
  const plan = planWays([
    { host: 'db.example', port: 5432 },
    { host: 'db.example', port: 6432 },
    { host: '127.0.0.1', port: 4747 },
  ])
  expect(plan.ways.map(({ address, port }) => `${address}:${port}`)).toEqual([
    '127.77.0.1:5432',
    '127.77.0.1:6432',
    '127.0.0.1:4747',
  ])
  expect(plan.hosts).toBe('127.0.0.1 localhost\n::1 localhost\n127.77.0.1 db.example\n')
})

it('what cannot be offered inside goes by the proxy, or is told', () => {
  const plan = planWays([
    { host: 'api.github.com', port: 443 },
    { host: '10.0.0.5', port: 5432 },
    { host: 'fd00::1', port: 5432 },
  ])
  expect(plan).toMatchObject({
    ways: [],
    byProxy: ['api.github.com:443'],
    lost: ['10.0.0.5:5432', '[fd00::1]:5432'],
  })
})

it('a run reaches the broker, the servers of what it minted, and of AWS its own names only', async () => {
  const sandbox = {
    kind: 'bubblewrap',
    layout: {} as Layout,
    enclose: () => Promise.reject(new Error('not here')),
  } as const
  const confined = await confine(sandbox, 'https://broker.example', [postgres('db.example'), aws])
  expect(confined.byProxy).toEqual(['*.amazonaws.com', '*.amazonaws.com.cn'])
  expect(confined.lost).toEqual([])
})

it('sockets of the session and proxies of the machine are not passed on; names go past the run’s proxy', () => {
  const plan = planWays([{ host: 'db.example', port: 5432 }])
  const inherited = {
    PATH: '/bin',
    XDG_RUNTIME_DIR: '/run/user/1',
    https_proxy: 'http://u:p@corp',
    TMPDIR: '/x',
  }
  expect(innerEnv('bubblewrap', inherited, { PGHOST: 'db.example', NO_PROXY: 'localhost' }, plan)).toEqual({
    PATH: '/bin',
    PGHOST: 'db.example',
    NO_PROXY: 'localhost,db.example',
    no_proxy: 'localhost,db.example',
    BROKER_SANDBOX: 'bubblewrap',
  })
})

it('on macOS the profile writes nowhere but into the workspace, closes what keeps credentials, and names its ports', () => {
  const layout = {
    homes: ['/Users/mia'],
    writable: ['/Users/mia/a "shop"'],
    hidden: ['/Users/mia/.config/credbroker'],
  } as unknown as Layout
  const files = { path: '/private/tmp/run', write: () => '', [Symbol.dispose]: () => {} }
  const plan = planWays([postgres('db.example'), { host: '127.0.0.1', port: 4747 }])
  const profile = seatbeltProfile(layout, { files, plan, ports: [5001] }, '/private/tmp')
  expect(profile).toContain('(deny file-write*)\n(allow file-write* (subpath "/Users/mia/a \\"shop\\""))')
  expect(profile).toMatch(/\(deny file-read\* file-write\*\n[^)]*\(subpath "\/Users\/mia\/\.bash_history"\)/)
  expect(profile).toContain('(subpath "/Users/mia/.config/credbroker")')
  expect(profile.split('\n').filter((line) => line.includes('remote ip'))).toEqual([
    '(allow network-outbound (remote ip "localhost:5001"))',
    '(allow network-outbound (remote ip "localhost:4747"))',
    '(allow network-outbound (remote ip "*:5432"))',
  ])
})
