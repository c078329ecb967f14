import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { MAIN } from '../../harness/command.ts'

// A real server and a real client: only what hangs is to be given up.
vi.setConfig({ testTimeout: 120_000 })

const SUITE = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'))
const EXPECTED = fileURLToPath(new URL('./conformance.yml', import.meta.url))

const things = new AsyncDisposableStack()
let home: string
let url: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'credbroker-conformance-'))
  things.defer(() => rm(home, { recursive: true }))
  url = await knowing(await serving())
})
afterAll(() => things.disposeAsync())

/** No profile and no broker: how it speaks depends on neither. */
async function serving(): Promise<{ readonly url: string; readonly secret_file: string }> {
  const env = { PATH: process.env['PATH'], HOME: home }
  const server = spawn(process.execPath, [MAIN, 'mcp', '--http', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  things.defer(async () => {
    const exit = once(server, 'exit')
    server.kill('SIGTERM')
    await exit
  })
  const [line] = await once(server.stdout, 'data')
  return JSON.parse(String(line))
}

/** The suite can say no secret: this says it instead, and passes on all else as it came. */
async function knowing({ url, secret_file }: Awaited<ReturnType<typeof serving>>): Promise<string> {
  const authorization = `Bearer ${(await readFile(secret_file, 'utf8')).trim()}`
  const { port, pathname } = new URL(url)
  const proxy = createServer((asked, answer) => {
    const { method, url: path, headers } = asked
    const passed = request({ host: '127.0.0.1', port, method, path, headers: { ...headers, authorization } })
    passed.on('response', (from) => from.pipe(answer.writeHead(from.statusCode ?? 502, from.headers)))
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    asked.pipe(passed)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  things.defer(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${pathname}`
}

/** Whatever fails is in its output. */
const conforms = (version: string) =>
  new Promise<{ code: unknown; said: string }>((resolve) => {
    const args = ['server', '--url', url, '--suite', 'all', '--spec-version', version]
    execFile(
      process.execPath,
      [SUITE, ...args, '--expected-failures', EXPECTED],
      { cwd: home, env: { PATH: process.env['PATH'] } },
      (error, out, err) =>
        resolve({ code: error?.code ?? 0, said: out.replace(/^[\s\S]*=== SUMMARY/, '') + err }),
    )
  })

it.each(['2025-11-25', '2026-07-28'])(
  'the server conforms to the specification of %s, as the official suite has it',
  async (version) => {
    const { code, said } = await conforms(version)
    expect(code, said).toBe(0)
    expect(said).toMatch(/✓ tools-list: \d+ passed, 0 failed/)
  },
)
