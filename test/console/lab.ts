import { type Shop, startShop } from '../../packages/providers/test/postgres-fixture.ts'
import { ROOT, type Work } from '../gateway/world.ts'
import { hatch } from '../security/canary.ts'
import { send } from '../security/wire.ts'
import { WORDS } from './hostile-words.ts'
import { type ConsoleWorld, startConsoleWorld } from './world.ts'

/** A console with something of everything behind it: roots with known credentials, an agent at work, a question, a task that is over. */
export interface Lab {
  readonly world: ConsoleWorld
  /** At work, with a living lease. */
  readonly living: Work
  readonly done: Work
  /** It waits. */
  readonly approval: string
  /** In which encodings a credential of a root is in it. */
  secretsIn(text: string): string[]
  signInWithOldRoot(): Promise<unknown>
  /** Somebody finds what opens the roots of the shop, and tells the broker. */
  leak(): Promise<unknown>
  stop(): Promise<void>
}

/** Pictures are of what people see on an ordinary day. */
const words = (ordinary: string): string => (process.env['PICTURES'] ? ordinary : WORDS)

const OPERATIONS = {
  list: { method: 'GET', path: '/v1/orders', access: ['read'], anchor: 'lab' },
  drop: {
    method: 'DELETE',
    path: '/v1/orders/{order}',
    access: ['delete'],
    parameters: { order: 'id' },
    erases: ['primary'],
    anchor: 'lab',
  },
}
const POLICY = `@id("lab-work")
permit(principal, action in [Action::"read", Action::"delete"], resource in Environment::"lab");
`

export async function startLab(): Promise<Lab> {
  await using starting = new AsyncDisposableStack()
  const world = starting.adopt(await startConsoleWorld(), (one) => one.stop())
  const found = await startShop(18)
  if (!found) throw new Error('PostgreSQL 18 comes with the dependencies')
  const shop = starting.adopt(found, (one) => one.close())
  const canaries = hatch(1)
  const [secret = ''] = canaries.values
  for (const role of ['canary', 'archivist']) await addRole(shop, role, secret)

  const { broker, vendor } = world.api
  const ask = (method: 'POST' | 'PUT', path: string, body: object) =>
    broker.admin.request<object>({ method, path: `/v1/${path}`, body })
  await ask('PUT', 'environments/lab', {
    tier: 'standard',
    anchors: [
      { vendor: 'postgres', id: shop.anchor('orders') },
      { vendor: 'http', id: `${vendor.host}/lab` },
    ],
  })
  await ask('PUT', 'policies/lab', { text: POLICY })
  await ask('PUT', 'teams/payments', { description: words('who ships') })
  const whose = { owner: 'mia', environment: 'lab' }
  for (const [name, user] of [
    ['orders', 'canary'],
    ['archive', 'archivist'],
  ] as const)
    await ask('POST', 'roots', {
      ...whose,
      name,
      provider: 'postgres-role',
      service: words('The shop'),
      on_call: words('The one with the pager'),
      secret: { ...shop.root, user, password: secret },
    })
  if (!process.env['PICTURES']) await openAnother(shop, 'archivist')
  await ask('POST', 'roots/archive/check', {})
  await ask('POST', 'roots', {
    owner: 'mia',
    name: 'shop',
    provider: 'http',
    // Of letters alone, as a header wants it.
    secret: { origin: vendor.origin, secret: secret.split('-')[0] },
  })
  const scope = { environment: 'lab' }
  const reads = { template: 'read-only', schemas: ['public'] }
  await ask('PUT', 'scopes/orders', { ...scope, root: 'orders', allow: reads })
  await ask('PUT', 'scopes/shop', { ...scope, root: 'shop', allow: { operations: OPERATIONS } })
  await ask('PUT', 'agents/builder', {
    owner: 'admin',
    teams: ['payments'],
    tool: words('some tool'),
    model: words('some model'),
  })

  const builder = await broker.enrolAgent('builder')
  const begin = (purpose: string) =>
    world.api.task(['orders', 'shop'], builder, {
      environment: 'lab',
      purpose: words(purpose),
      ticket: words('SHOP-17'),
      scan: {
        state: 'allowed',
        sandbox: true,
        allowed: [{ finding: 'fnd_4711aa', reason: words('the key of the tests, which opens nothing') }],
      },
    })
  const asked = async (work: Work, order: string): Promise<string> => {
    const answer = await work.call('DELETE', `/v1/orders/${order}`, { scope: 'shop' })
    const id = answer.headers.get('broker-approval')
    if (id === null) throw new Error(`nobody is asked: ${answer.text}`)
    return id
  }
  const mint = async ({ token, who }: Work) => {
    const body = { scope: 'orders' }
    const minted = await send(broker, { method: 'POST', path: '/v1/credentials', body, token, key: who.key })
    if (minted.status !== 201) throw new Error(`nothing was minted: ${minted.text}`)
  }

  const done = await begin('look why orders of last week are missing')
  await mint(done)
  await done.call('GET', '/v1/orders', { scope: 'shop' })
  await done.call('PUT', '/v1/orders', { scope: 'shop' })
  await deny(world, await asked(done, 'o4711'))
  await broker.admin.request({ method: 'POST', path: `/v1/tasks/${done.id}/end` })

  const living = await begin('take the order away that was made twice')
  await mint(living)
  await living.call('GET', '/v1/orders', { scope: 'shop' })
  const approval = await asked(living, 'o4712')
  const keep = starting.move()
  return {
    world,
    living,
    done,
    approval,
    secretsIn: (text) => [...canaries.find(text), ...(text.includes(ROOT) ? ['the root of the world'] : [])],
    leak: () => ask('POST', 'leaks', { findings: [{ value: secret }] }),
    signInWithOldRoot: () => shop.connect({ user: 'canary', password: secret }).unsafe('SELECT 1'),
    stop: () => keep.disposeAsync(),
  }
}

async function addRole(shop: Shop, role: string, password: string): Promise<void> {
  await shop.admin(`CREATE ROLE ${role} LOGIN CREATEROLE PASSWORD '${password.replaceAll("'", "''")}';
    GRANT USAGE ON SCHEMA public TO ${role} WITH GRANT OPTION;
    GRANT SELECT ON orders, customers TO ${role} WITH GRANT OPTION`)
}

/** A role gets into another database, whose name is none; of as many bytes as PostgreSQL keeps. */
async function openAnother(shop: Shop, role: string): Promise<void> {
  const database = `"${WORDS.slice(0, 45)}"`
  await shop.admin(`CREATE DATABASE ${database}`, 'postgres')
  await shop.admin(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`, 'postgres')
  await shop.admin(`GRANT CONNECT ON DATABASE ${database} TO ${role}`, 'postgres')
}

/** As a person does, with words of their own. */
async function deny(world: ConsoleWorld, id: string): Promise<void> {
  const { page } = await world.visit('mia', `/approvals/${id}`)
  await page.getByLabel('Reason').fill(words('Restore it from the backup instead'))
  await page.getByRole('button', { name: 'Deny' }).click()
  await page.getByText('Denied: ').waitFor()
}
