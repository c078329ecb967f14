import { expect, it } from 'vitest'
import { brokerDouble, enrolledAt, type Reply, type Seen } from '../test/broker-double.ts'
import { sandbox } from '../test/run-cli.ts'

const id = 'apr_01jd2q8c0v3m5n7p9r1t3w5y7z'
const url = `https://broker.example/approvals/${id}`
const waits = (state: string): [number, object] => [
  202,
  { approval: { id, state, url }, detail: 'A person has to approve this' },
]
const path = 'POST /v1/unfreeze'

async function run(
  args: readonly string[],
  routes: Record<string, Reply | ((seen: Seen) => Reply)>,
  prepare?: (here: Awaited<ReturnType<typeof sandbox>>) => Promise<unknown>,
) {
  await using here = await sandbox()
  await using broker = await brokerDouble(routes)
  await enrolledAt(broker.url, here.env)
  await prepare?.(here)
  const ran = await here.run(args)
  return { ...ran, seen: broker.seen.filter((one) => one.path.startsWith('/v1/')) }
}

it('what waits for a person ends with exit code 4, the link and how to go on', async () => {
  const { code, err, seen } = await run(['unfreeze', '--all'], { [path]: waits('pending') })
  expect(code).toBe(4)
  expect(err).toContain(`approve at: ${url}`)
  expect(err).toContain(`run the same command again: broker approvals show ${id}`)
  expect(seen).toHaveLength(1)
})

it('is one JSON document with --json', async () => {
  const { code, out } = await run(['unfreeze', '--all', '--json'], { [path]: waits('pending') })
  expect(code).toBe(4)
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'approval_required', approval_url: url } })
})

it('what was approved meanwhile is sent again under that approval, once', async () => {
  const { code, seen } = await run(['unfreeze', '--all'], {
    [path]: ({ headers }) => (headers['broker-approval'] === id ? { items: [] } : waits('approved')),
  })
  expect(code).toBe(0)
  expect(seen.map(({ body, headers }) => [body, headers['broker-approval']])).toEqual([
    [{ all: true }, undefined],
    [{ all: true }, id],
  ])
})

it('an approval that the broker does not take is not sent for ever', async () => {
  const { code, seen } = await run(['unfreeze', '--all'], { [path]: waits('approved') })
  expect({ code, sent: seen.length }).toEqual({ code: 3, sent: 2 })
})

const files = async ({ directory }: { readonly directory: string }) => {
  const { mkdir, writeFile } = await import('node:fs/promises')
  await mkdir(`${directory}/c`)
  await writeFile(`${directory}/c/broker.yaml`, 'version: 1\nusers:\n  mia: { roles: [admin] }\n')
}
const change = { kind: 'user', name: 'mia', action: 'create', fields: [], approval: true }
const plan = { version: 7, changes: [change], needs_secret: [], warnings: [] }

it('apply --wait waits for the person and finishes by itself', async () => {
  let looks = 0
  const { code, out, err } = await run(
    ['apply', '-f', 'c', '--yes', '--wait'],
    {
      'POST /v1/plan': plan,
      'POST /v1/apply': ({ headers }) => (headers['broker-approval'] ? plan : waits('pending')),
      [`GET /v1/approvals/${id}`]: () => ({ id, url, state: ++looks < 2 ? 'pending' : 'approved' }),
    },
    files,
  )
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('Applied (version 7).') })
  expect(err).toContain(url)
})

it('apply --wait ends as denied where the person says no', async () => {
  const { code, err } = await run(
    ['apply', '-f', 'c', '--yes', '--wait'],
    {
      'POST /v1/plan': plan,
      'POST /v1/apply': waits('pending'),
      [`GET /v1/approvals/${id}`]: { id, state: 'denied' },
    },
    files,
  )
  expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('A person denied this') })
})
