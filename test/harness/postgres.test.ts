import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import postgres from 'postgres'
import { describe, expect, it, vi } from 'vitest'
import { startTestPostgres } from './postgres.ts'
import { needs } from './services.ts'

const noPostgres15 = await needs('postgres15')

const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the throw-away PostgreSQL of the tests', () => {
  it('serves an empty database to an ordinary role and leaves no process behind', async () => {
    const server = await startTestPostgres()
    const other = await server.createDatabase('second')
    for (const [url, name] of [
      [server.url, 'credbroker'],
      [other, 'second'],
    ] as const) {
      const sql = postgres(url, { max: 1 })
      const [row] =
        await sql`SELECT current_database() AS name, usesuper FROM pg_user WHERE usename = current_user`
      expect(row).toEqual({ name, usesuper: false })
      await sql.end()
    }
    await server.stop()
    await server.stop()
    expect(alive(server.pid)).toBe(false)
  })

  it.skipIf(noPostgres15)('can be PostgreSQL 15, the oldest one supported', async () => {
    const server = await startTestPostgres({ version: 15 })
    const sql = postgres(server?.url ?? '', { max: 1 })
    const [row] = await sql`SHOW server_version_num`
    expect(Math.floor(Number(row?.['server_version_num']) / 10_000)).toBe(15)
    await sql.end()
    await server?.stop()
  })

  it('ends and removes its files when the test process is killed', async () => {
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { startTestPostgres } from ${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)}
         const server = await startTestPostgres()
         console.log(JSON.stringify({ pid: server.pid, directory: server.directory }))
         setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const line = await new Promise((resolve) => child.stdout.once('data', resolve))
    const { pid, directory } = JSON.parse(String(line))
    expect(alive(pid) && existsSync(directory)).toBe(true)
    child.kill('SIGKILL')
    await vi.waitUntil(() => !alive(pid) && !existsSync(directory), 10_000)
  })
})
