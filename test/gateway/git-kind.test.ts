import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as ask } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { bodyOf } from '@credbroker/connectors/body-of'
import git from '@credbroker/connectors/kinds/git'
import { Secret } from '@credbroker/core/secret'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GIT_ENV, type GitServer, startGitServer } from '../harness/git-server.ts'
import { needs } from '../harness/services.ts'

const run = promisify(execFile)

/** What the connector makes of what real git says, without a broker around it. */
const missing = await needs('git')

describe.skipIf(missing)('real git and the kind `git`', () => {
  let server: GitServer
  let folder: string
  let close: () => Promise<void>
  let url: string
  const operations: string[] = []
  let operationsAllowed: string[] = ['fetch', 'push']

  beforeAll(async () => {
    server = await startGitServer()
    folder = await mkdtemp(join(tmpdir(), 'credbroker-clone-'))
    await server.repository('acme/shop')
    await server.repository('acme/ledger')
    const between = createServer((request, response) => {
      pass(request, response).catch(() => response.destroy())
    })
    between.listen(0, '127.0.0.1')
    await once(between, 'listening')
    url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`
    close = async () => {
      between.closeAllConnections()
      await new Promise((closed) => between.close(closed))
    }
  })
  afterAll(async () => {
    await close?.()
    await server?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  /** The steps of the gateway that concern a connector. */
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const packed = request.headers['content-encoding'] === 'gzip'
    const raw = Buffer.concat(chunks)
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      packed && name === 'content-encoding' ? [] : [[name, String(value)] as const],
    )
    const root = git.root.parse({ origin: server.origin, token: server.token })
    const spec = git.spec.parse({ repositories: ['acme/shop'], operations: operationsAllowed })
    const parsed = git.parse(
      {
        method: request.method ?? '',
        target: request.url ?? '',
        headers,
        body: packed ? gunzipSync(raw) : raw,
      },
      spec,
    )
    if (parsed.refused !== undefined) {
      operations.push(parsed.refused)
      response.writeHead(403).end()
      return
    }
    operations.push(parsed.operations[0].name)
    const sent = git.rebuild(parsed.operations, spec)
    const { origin, credential } = git.upstream(root)
    const shown = Object.fromEntries(
      Object.entries(credential).map(([name, value]) => [name, value.expose()]),
    )
    const redactor = git.redact([new Secret(server.token)])
    const onward = ask(`${origin}${sent.target}`, {
      method: sent.method,
      headers: { ...sent.headers, ...shown },
      ca: readFileSync(server.caFile),
    })
    onward.end(bodyOf(sent))
    const [answer] = (await once(onward, 'response')) as [IncomingMessage]
    response.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? '' })
    for await (const chunk of answer as AsyncIterable<Buffer>) response.write(redactor.write(chunk))
    response.end(redactor.end())
  }

  const client = async (cwd: string, ...args: string[]) =>
    run('git', args, { cwd, env: { PATH: process.env['PATH'], HOME: folder, ...GIT_ENV } })
  const clone = async (name: string, ...args: string[]) => {
    const to = join(folder, name)
    await client(folder, ...args, 'clone', '-q', `${url}/acme/shop.git`, to)
    return to
  }
  const commit = async (work: string, message: string, ...args: string[]) => {
    await appendFile(join(work, 'README'), `${message}\n`)
    await client(work, 'commit', '-qam', message, ...args)
  }

  it.each([
    ['version 2', 'protocol.version=2'],
    ['version 0', 'protocol.version=0'],
  ])('clones in %s, and what arrives is whole', async (name, config) => {
    operations.length = 0
    const work = await clone(name, '-c', config)
    expect(await readFile(join(work, 'README'), 'utf8')).toBe('acme/shop\n')
    expect((await client(work, 'rev-parse', 'HEAD')).stdout.trim()).toBe(
      await server.ref('acme/shop', 'HEAD'),
    )
    await client(work, 'fsck', '--strict')
    expect(new Set(operations)).toEqual(
      new Set(name === 'version 2' ? ['discover', 'listRefs', 'fetch'] : ['discover', 'fetch']),
    )
  })

  it('clones shallowly and in part, then fetches the rest', async () => {
    const work = await clone('shallow')
    for (const args of [
      ['--depth=1'],
      ['--filter=blob:none', '--no-checkout'],
      ['--no-tags', '--single-branch'],
    ]) {
      const to = join(folder, args.join('').replaceAll(/\W/g, ''))
      await client(folder, 'clone', '-q', ...args, `${url}/acme/shop`, to)
      await client(to, 'fetch', '-q', '--unshallow').catch(() => client(to, 'fetch', '-q'))
    }
    await client(work, 'fetch', '-q', '--all')
  })

  it('shows the token to the server only: not one byte of the client’s own reaches it', async () => {
    expect(server.hits.length).toBeGreaterThan(0)
    expect(server.hits.every(({ trusted }) => trusted)).toBe(true)
    for (const { headers } of server.hits) expect(headers).not.toMatch(/user-agent|gzip|git\/\d/i)
  })

  it('tells a push that keeps everything from one that may not', async () => {
    const work = await clone('pusher')
    const pushed = async (...args: string[]) => {
      operations.length = 0
      await client(work, 'push', '-q', ...args)
      return operations.at(-1)
    }
    await commit(work, 'second')
    await commit(work, 'third')
    expect(await pushed('origin', 'main')).toBe('push.forward')
    expect(await pushed('origin', 'main:refs/heads/new')).toBe('push.create')
    await client(work, 'checkout', '-qb', 'side', 'HEAD~1')
    await commit(work, 'side')
    await client(work, 'checkout', '-q', 'main')
    await client(work, 'merge', '-q', '-s', 'ours', '-m', 'merged', 'side')
    expect(await pushed('origin', 'main')).toBe('push.forward')
    await commit(work, 'another third', '--amend')
    expect(await pushed('--force', 'origin', 'main')).toBe('push.rewrite')
    expect(await pushed('origin', ':refs/heads/new')).toBe('push.rewrite')
    expect(await server.ref('acme/shop', 'refs/heads/new')).toBeUndefined()
    expect(await server.ref('acme/shop', 'refs/heads/main')).toBe(
      (await client(work, 'rev-parse', 'HEAD')).stdout.trim(),
    )
  })

  it('neither reaches another repository nor pushes where only fetching is allowed', async () => {
    const before = server.hits.length
    await expect(client(folder, 'clone', '-q', `${url}/acme/ledger.git`)).rejects.toThrow()
    expect(operations.at(-1)).toBe('not_in_scope')
    operationsAllowed = ['fetch']
    await expect(
      client(join(folder, 'pusher'), 'push', '-q', 'origin', 'HEAD:refs/heads/y'),
    ).rejects.toThrow()
    expect(server.hits.length).toBe(before)
  })
})
