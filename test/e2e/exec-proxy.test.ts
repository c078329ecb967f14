import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ApiWorld, ROOT, startApiWorld } from '../gateway/world.ts'
import { type Approver, approvers } from '../harness/approver.ts'
import { finished } from '../harness/broker.ts'
import { MAIN } from '../harness/command.ts'
import { needs } from '../harness/services.ts'
import { events, FAULTS } from '../harness/upstream.ts'

const noCurl = await needs('curl')

const found = async (program: string, ...args: string[]) =>
  await promisify(execFile)(program, args).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
/** The interpreter itself: what starts it for others may look into the home, which is another one here. */
const python = await found('python3', '-c', 'import sys; print(sys.executable)')
const requests = python && (await found(python, '-c', 'import requests; print(1)'))

let world: ApiWorld
let mia: Approver
beforeAll(async () => {
  world = await startApiWorld()
  mia = (await approvers(world.broker, 'mia', 'noa')).mia
}, 180_000)
afterAll(() => world?.stop())
beforeEach(() => {
  world.vendor.answer(() => ({ headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }))
  world.vendor.forget()
})

const wanted = ['--env', 'staging', '--purpose', 'mend the orders', '--ttl', '10m']
/** A command of the agent under `broker exec`, with the scope of the API. */
const start = (command: readonly string[], ...options: string[]) =>
  world.broker.spawnCli(['exec', ...wanted, '--scope', 'api', ...options, '--', ...command], {
    profile: 'fixer',
    // What other tests leave for a while is none of ours.
    env: { TMPDIR: world.broker.home },
  })
const exec = (...command: string[]) => finished(start(command))
const shell = (script: string) => exec('sh', '-c', script)
const at = (path: string) => `${world.vendor.origin}${path}`
/** Python and Node, started as they are. */
const node = (script: string) => exec(process.execPath, '-e', script)

describe.skipIf(noCurl)('a command that knows only its vendor’s host', () => {
  it.each(['--http1.1', '--http2'])('is served by the broker with the root: curl %s', async (version) => {
    const ran = await exec(
      'curl',
      '-sS',
      version,
      at('/v1/orders?page=3'),
      '-H',
      'Authorization: Bearer mine',
    )
    expect(ran.stdout, ran.stderr).toBe('{"ok":true}')
    expect(world.vendor.hits).toMatchObject([{ method: 'GET', target: '/v1/orders?page=3' }])
    expect(world.vendor.hits[0]?.header('authorization')).toBe(`Bearer ${ROOT}`)
    expect(ran.stderr).toContain('a credential of its own')
  })

  it('is served: Node’s fetch', async () => {
    const ran = await node(
      `fetch('${at('/v1/orders')}', { method: 'POST', body: '{"total":7}', headers: { 'content-type': 'application/json' } })
        .then((r) => r.text()).then(console.log)`,
    )
    expect(ran.stdout, ran.stderr).toBe('{"ok":true}\n')
    expect(world.vendor.hits).toMatchObject([{ method: 'POST', body: '{"total":7}' }])
  })

  it.skipIf(!python)('is served: Python’s urllib', async () => {
    const get = `import urllib.request as u; print(u.urlopen('${at('/v1/orders')}').read().decode())`
    const ran = await exec(python ?? '', '-c', get)
    expect(ran.stdout, ran.stderr).toBe('{"ok":true}\n')
  })

  it.skipIf(!requests)('is served: requests of Python', async () => {
    const ran = await exec(
      python ?? '',
      '-c',
      `import requests; print(requests.get('${at('/v1/orders')}').text)`,
    )
    expect(ran.stdout, ran.stderr).toBe('{"ok":true}\n')
  })

  it('is served: broker call, without a profile of its own', async () => {
    const ran = await exec(process.execPath, MAIN, 'call', 'api', 'GET', '/v1/orders')
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: '{"ok":true}' })
  })

  it('finds nothing of the root, the key or the token, and leaves nothing behind (I1)', async () => {
    world.vendor.answer(FAULTS.echo())
    const ran = await shell(`env; cat "$CURL_CA_BUNDLE" "$NODE_EXTRA_CA_CERTS"; curl -sS ${at('/v1/orders')}`)
    const { key } = world.fixer
    const d = (JSON.parse(key.privateJwk.expose()) as { d: string }).d
    const all = ran.stdout + ran.stderr
    const secrets = [ROOT, Buffer.from(ROOT).toString('base64'), d, 'PRIVATE KEY']
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
    expect(/eyJ[\w-]+\.eyJ/.test(all)).toBe(false)
    expect(all).toContain('["authorization","[secret]"]')
    expect(ran.stdout).toContain('HTTPS_PROXY=http://broker:brk_run_')
    expect(ran.stdout).toMatch(/^NO_PROXY=localhost,::1$/m)
    expect(ran.stdout).toContain(`=${world.broker.home}/credbroker-exec-`)
    expect(readdirSync(world.broker.home).filter((name) => name.startsWith('credbroker-exec-'))).toEqual([])
  })
})

describe.skipIf(noCurl)('what the command may not', () => {
  it('is told in its tool’s own way, and reaches no vendor', async () => {
    const ran = await exec('curl', '-sS', '-w', '%{http_code}', at('/v1/live'))
    expect(JSON.parse(ran.stdout.slice(0, -3))).toMatchObject({ code: 'call_unresolved' })
    expect(ran.stdout.slice(-3)).toBe('403')
    const unknown = await exec('curl', '-sS', '-X', 'PATCH', at('/v1/orders'))
    expect(JSON.parse(unknown.stdout)).toMatchObject({ message: expect.stringContaining('call_refused') })
    expect(world.vendor.hits).toEqual([])
  })

  it('reach other hosts, unless they were named: then without credentials', async () => {
    const hosts = ['https://example.com/', 'https://169.254.169.254/', `https://127.0.0.1:1/`]
    for (const host of hosts)
      expect((await exec('curl', '-sS', host)).stderr, host).toMatch(/CONNECT tunnel failed, response 403/)
    const named = await finished(
      start(['curl', '-sS', 'https://169.254.169.254/'], '--pass-through', '169.254.169.254', 'all'),
    )
    expect(named.stderr).toMatch(/response 403/)
    const api = await exec('curl', '-sS', '-f', `${world.broker.url}/v1/tasks`)
    expect(api.stderr).toContain('error: 403')
  })

  it('do without a person waits for one, and is done once they approve (I4)', async () => {
    const running = start(['curl', '-sS', '-X', 'DELETE', at('/v1/orders/o77')])
    let said = ''
    running.stderr?.on('data', (chunk) => {
      said += chunk
    })
    const ended = finished(running)
    await expect.poll(() => said, { timeout: 20_000 }).toMatch(/waits for a person: http/)
    expect(world.vendor.hits).toEqual([])
    const [{ id = '' } = {}] = await mia.waiting()
    await mia.approve(id)
    expect((await ended).stdout).toBe('{"ok":true}')
    expect(world.vendor.hits.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'DELETE /v1/orders/o77',
    ])
  })
})

describe('task.fetch', () => {
  it('makes several calls under one approval that was asked for before (I4)', {
    timeout: 60_000,
  }, async () => {
    const wanted = { environment: 'staging', purpose: 'tidy up', scopes: ['api'] }
    await using task = await world.fixer.client.startTask(wanted)
    const paths = ['/v1/orders/b1', '/v1/orders/b2']
    const asked = await task.askApproval(
      'api',
      paths.map((path) => ({ method: 'DELETE', path })),
    )
    expect(asked).toMatchObject({ state: 'pending', url: expect.stringContaining(asked.id) })
    expect(world.vendor.hits).toEqual([])
    await mia.approve(asked.id)
    for (const path of paths)
      expect((await task.fetch('api', path, { method: 'DELETE', approvalId: asked.id })).status).toBe(200)
    expect(world.vendor.hits.map(({ target }) => target)).toEqual(paths)
    await expect(task.fetch('api', '/v1/live')).rejects.toMatchObject({ code: 'call_unresolved' })
  })

  it('throws a person’s no, with what they said', { timeout: 60_000 }, async () => {
    const wanted = { environment: 'staging', purpose: 'tidy up', scopes: ['api'] }
    await using task = await world.fixer.client.startTask(wanted)
    const call = task.fetch('api', '/v1/orders/n1', {
      method: 'DELETE',
      onApproval: ({ id }) => void mia.answer(id, { verdict: 'deny', reason: 'not on a Friday' }),
    })
    await expect(call).rejects.toMatchObject({ name: 'ApprovalDeniedError', reason: 'not on a Friday' })
    expect(world.vendor.hits).toEqual([])
  })
})

describe.skipIf(noCurl)('streams of a command', () => {
  it('come as they are sent, and are cut when the task is ended', async () => {
    const source = events()
    world.vendor.answer(source.answerer)
    const running = start(['curl', '-sSN', '--http1.1', at('/v1/stream')])
    let out = ''
    running.stdout?.on('data', (chunk) => {
      out += chunk
    })
    let err = ''
    running.stderr?.on('data', (chunk) => {
      err += chunk
    })
    const ended = finished(running)
    await expect.poll(() => world.vendor.open, { timeout: 20_000 }).toBe(1)
    source.send('one')
    await expect.poll(() => out).toContain('data: one')
    const [, task = ''] = /task (tsk_\w+)/.exec(err) ?? []
    await world.broker.admin.request({ method: 'POST', path: `/v1/tasks/${task}/end` })
    expect((await ended).code).not.toBe(0)
    await expect.poll(() => world.vendor.open).toBe(0)
  })

  it('are whole, however long', async () => {
    world.vendor.answer(FAULTS.huge(20 * 1024 * 1024))
    const ran = await shell(`curl -sS ${at('/v1/stream')} | wc -c`)
    expect(Number(ran.stdout)).toBe(20 * 1024 * 1024)
  })

  it('do not mix: many calls at once', async () => {
    world.vendor.answer(({ target }) => ({ headers: { 'content-type': 'text/plain' }, body: target }))
    const ran = await node(
      `Promise.all(Array.from({ length: 24 }, (_, i) => fetch('${at('/v1/orders')}?page=' + i).then((r) => r.text())))
        .then((all) => console.log(JSON.stringify(all)))`,
    )
    expect(JSON.parse(ran.stdout || 'null'), ran.stderr).toEqual(
      Array.from({ length: 24 }, (_, i) => `/v1/orders?page=${i}`),
    )
  })
})
