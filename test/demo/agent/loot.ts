import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Login, open, using } from './database.ts'
import { codeOf, tell } from './say.ts'
import { ownLogin } from './work.ts'

const LOOT = 'loot.json'
/** So that nothing of a demonstration is left behind, whatever happens to it. */
const LONGEST_MS = 80_000

/** Keeps the login for later, and opens a session that is meant to outlive this process. */
export async function keep(login: Login): Promise<void> {
  writeFileSync(LOOT, JSON.stringify(login), { mode: 0o600 })
  const script = process.argv[1] as string
  spawn(process.execPath, [script, 'hold', 'held.jsonl'], { detached: true, stdio: 'ignore' }).unref()
  for (const end = Date.now() + 10_000; !existsSync('held.jsonl') && Date.now() < end; ) await sleep(20)
}

/** Holds a session open until it is cut, then tries to come back. Says so in a file, since its parent may be gone. */
export async function hold(file: string): Promise<void> {
  const login = existsSync(LOOT) ? stolen() : ownLogin(process.env)
  if (!login) return
  const note = (event: string, more = {}) =>
    appendFileSync(file, `${JSON.stringify({ event, at: Date.now(), pid: process.pid, ...more })}\n`)
  const sql = open(login)
  try {
    const [first] = await sql`SELECT pg_backend_pid() AS pid`
    note('holding', { user: login.user })
    for (const end = Date.now() + LONGEST_MS; Date.now() < end; await sleep(100)) {
      const [now] = await sql`SELECT pg_backend_pid() AS pid`
      if (now?.['pid'] !== first?.['pid']) note('came back')
    }
  } catch (error) {
    note('cut', { code: codeOf(error) })
    await using(login, (again) => again`SELECT 1`).then(
      () => note('came back'),
      (refused: unknown) => note('kept out', { code: codeOf(refused) }),
    )
  } finally {
    await sql.end({ timeout: 0 })
    note('over')
  }
}

/** Comes back later with what was kept. */
export async function comeBack(): Promise<void> {
  const login = stolen()
  try {
    await using(login, (sql) => sql`SELECT 1`)
    tell('role-later', 'reached', 'ok', `${login.user} still logs in`)
  } catch (error) {
    tell('role-later', 'refused', codeOf(error), login.user)
  }
}

const stolen = (): Login => JSON.parse(readFileSync(LOOT, 'utf8'))
