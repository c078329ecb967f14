import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { certify } from './authority.ts'

const run = promisify(execFile)

/** A real git server over HTTPS: `git http-backend`, behind a password. */
export interface GitServer {
  /** `https://localhost:4711` */
  readonly origin: string
  readonly host: string
  readonly caFile: string
  /** For brokers that are to trust it. */
  readonly env: Readonly<Record<string, string>>
  readonly token: string
  /** What came in, `GET /acme/shop.git/info/refs?…`, with the password or not. */
  readonly hits: readonly { readonly line: string; readonly trusted: boolean; readonly headers: string }[]
  /** A repository with one commit on `main`; answers its id. */
  repository(path: string): Promise<string>
  /** What a ref is, looked up past the network. */
  ref(path: string, ref: string): Promise<string | undefined>
  stop(): Promise<void>
}

/** Nothing of this machine’s own configuration. */
export const GIT_ENV = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
} as const

export async function startGitServer(token = 'ghs_a-token-of-the-git-server'): Promise<GitServer> {
  const folder = await mkdtemp(join(tmpdir(), 'credbroker-git-'))
  const certificate = await certify()
  const hits: { line: string; trusted: boolean; headers: string }[] = []
  const wanted = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  const git = async (cwd: string, ...args: string[]) =>
    (
      await run('git', args, { cwd, env: { PATH: process.env['PATH'], HOME: folder, ...GIT_ENV } })
    ).stdout.trim()

  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const trusted = request.headers.authorization === wanted
    hits.push({
      line: `${request.method} ${request.url}`,
      trusted,
      headers: request.rawHeaders.join('\n'),
    })
    if (trusted) backend(folder, request, response)
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `localhost:${(server.address() as AddressInfo).port}`
  return {
    origin: `https://${host}`,
    host,
    caFile: certificate.caFile,
    env: { BROKER_UPSTREAM_CA_FILE: certificate.caFile },
    token,
    hits,
    async repository(path) {
      const bare = join(folder, `${path}.git`)
      const work = await mkdtemp(join(folder, 'work-'))
      await git(folder, 'init', '-q', '--bare', '-b', 'main', bare)
      await git(bare, 'config', 'http.receivepack', 'true')
      await git(folder, 'init', '-q', '-b', 'main', work)
      await writeFile(join(work, 'README'), `${path}\n`)
      await git(work, 'add', '.')
      await git(work, 'commit', '-qm', 'first')
      await git(work, 'push', '-q', bare, 'main')
      return git(bare, 'rev-parse', 'refs/heads/main')
    },
    ref: (path, ref) =>
      git(join(folder, `${path}.git`), 'rev-parse', '--verify', '-q', ref).catch(() => undefined),
    async stop() {
      server.closeAllConnections()
      await new Promise((stopped) => server.close(stopped))
      await certificate.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One request as CGI. @see https://git-scm.com/docs/git-http-backend */
function backend(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'https://git.test')
  const {
    'content-type': type = '',
    'git-protocol': protocol = '',
    'content-length': length = '',
  } = request.headers
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      ...GIT_ENV,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: type,
      CONTENT_LENGTH: length,
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(protocol),
      REMOTE_USER: 'x-access-token',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  let head = Buffer.alloc(0)
  let open = false
  child.stdout.on('data', (chunk: Buffer) => {
    if (open) return void response.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    const lines = head.toString('latin1', 0, end).split('\r\n')
    const headers = lines.map((line) => line.split(': ', 2) as [string, string])
    const status = Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10)
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')))
    response.write(head.subarray(end + 4))
    open = true
  })
  child.once('close', () => (open ? response.end() : response.destroy()))
}
