import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const checkout = join(import.meta.dirname, '../..')

let home: string
let npm: ChildProcess | undefined
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'credbroker-npm-'))
})
afterEach(async () => {
  npm?.kill('SIGKILL')
  await rm(home, { recursive: true, force: true })
})

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it.each([
  ['npm', 'SIGTERM'],
  ['npm', 'SIGKILL'],
  // It comes twice: from whoever ends the group, and from npm.
  ['its whole group', 'SIGTERM'],
] as const)(
  'ending %s with %s ends the broker and its PostgreSQL',
  async (target, signal) => {
    const state = join(home, 'state')
    npm = spawn('npm', ['start', '--silent', '--', '--json', '--port', '0', '--state', state], {
      cwd: checkout,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        XDG_CONFIG_HOME: join(home, 'config'),
        npm_config_update_notifier: 'false',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const { stdout, stderr } = npm
    let said = ''
    stderr?.on('data', (chunk) => {
      said += chunk
    })
    const line = await new Promise<string>((resolve, reject) => {
      let text = ''
      stdout?.on('data', (chunk) => {
        text += chunk
        if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
      })
      npm?.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${text}${said}`)))
    })
    const { url, pid } = JSON.parse(line) as { url: string; pid: number }
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const pidFile = await readFile(join(state, 'pg', 'cluster', 'data', 'postmaster.pid'), 'utf8')
    const postgres = Number(pidFile.split('\n')[0])
    expect([pid, postgres].map(isAlive)).toEqual([true, true])
    npm.removeAllListeners('exit')
    process.kill((npm.pid as number) * (target === 'npm' ? 1 : -1), signal)
    await vi.waitUntil(() => !isAlive(pid) && !isAlive(postgres), { timeout: 30_000, interval: 50 })
  },
  180_000,
)
