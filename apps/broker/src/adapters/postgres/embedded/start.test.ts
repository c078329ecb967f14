import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect } from '../connect.ts'
import type { StartupError } from '../startup-error.ts'
import { findPostmaster, isAlive, isPostmasterOf } from './postmaster.ts'
import { type EmbeddedOptions, type EmbeddedPostgres, startEmbeddedPostgres } from './start.ts'

const asRoot = process.getuid?.() === 0
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }

let stateDir: string
let lost: StartupError[]
const running: EmbeddedPostgres[] = []

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'credbroker-state-'))
  lost = []
})

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
  const data = join(stateDir, 'pg', 'cluster', 'data')
  const left = await findPostmaster(data)
  if (left) process.kill(left.pid, 'SIGQUIT')
  await vi.waitUntil(async () => !(await findPostmaster(data)))
  await rm(stateDir, { recursive: true, force: true })
})

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    stateDir,
    log,
    onLost: (error) => lost.push(error),
    mayCreateOsUser: false,
    ...options,
  })
  running.push(server)
  return server
}

async function stop(server: EmbeddedPostgres): Promise<void> {
  running.splice(running.indexOf(server), 1)
  await server.stop()
}

async function query<T>(server: EmbeddedPostgres, ask: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = connect(server.target, { max: 1 })
  return await ask(sql).finally(() => sql.end({ timeout: 1 }))
}

/** A broker in a process of its own, which a test can kill. Resolves once it printed a line. */
async function startElsewhere(): Promise<{ line: string; kill(): Promise<void>; ended: Promise<unknown> }> {
  const module = JSON.stringify(new URL('./start.ts', import.meta.url).href)
  const code = `
    import { startEmbeddedPostgres } from ${module}
    const log = { info() {}, warn() {}, error() {} }
    const stateDir = ${JSON.stringify(stateDir)}
    await startEmbeddedPostgres({ stateDir, log, onLost() {}, mayCreateOsUser: false }).then(
      (server) => console.log(server.pid),
      (error) => { console.log(error.fault + ': ' + error.message); process.exit(1) })
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  const line = await new Promise((resolve) => child.stdout.once('data', resolve))
  return { line: String(line).trim(), kill, ended }
}

describe('the embedded PostgreSQL', () => {
  it('starts from nothing, keeps what it is told over a restart, and ends with the broker', async () => {
    const first = await start()
    await query(first, (sql) => sql`CREATE TABLE kept AS SELECT 42 AS answer`)
    await stop(first)
    expect(isAlive(first.pid)).toBe(false)
    const second = await start()
    expect(await query(second, (sql) => sql`SELECT answer FROM kept`)).toEqual([{ answer: 42 }])
    expect(second.adopted).toBe(false)
  })

  it('is reachable by its socket and password only, encoded in UTF8, with checksums and durable commits', async () => {
    const server = await start()
    const settings = await query(
      server,
      (sql) => sql`
      SELECT name, setting FROM pg_settings
      WHERE name IN ('listen_addresses', 'data_checksums', 'fsync', 'server_encoding', 'lc_collate') ORDER BY name`,
    )
    expect(Object.fromEntries(settings.map((row) => [row['name'], row['setting']]))).toEqual({
      data_checksums: 'on',
      fsync: 'on',
      listen_addresses: '',
      server_encoding: 'UTF8',
    })
    const [place] = server.target.hosts
    const wrong = postgres({
      host: place?.host ?? '',
      database: 'credbroker',
      user: 'credbroker',
      pass: 'guess',
      max: 1,
    })
    await expect(wrong`SELECT 1`).rejects.toMatchObject({ code: '28P01' })
    await wrong.end()
  })

  it('I1: neither its arguments nor its environment hold the password or anything of ours', async () => {
    process.env['BROKER_CANARY'] = 'brk-canary'
    const server = await start()
    delete process.env['BROKER_CANARY']
    const password = server.target.password.expose()
    expect((await readFile(join(stateDir, 'pg', 'cluster', 'password'), 'utf8')).trim()).toBe(password)
    for (const file of ['cmdline', 'environ']) {
      const shown = await readFile(`/proc/${server.pid}/${file}`, 'utf8').catch(() => '')
      expect(shown).not.toContain(password)
      expect(shown).not.toContain('canary')
    }
  })

  it('keeps its files from other users', async () => {
    await start()
    const mode = async (...path: string[]) => ((await stat(join(stateDir, ...path))).mode & 0o777).toString(8)
    const passable = asRoot ? '711' : '700'
    expect(await mode()).toBe(passable)
    expect(await mode('pg')).toBe(passable)
    expect(await mode('pg', 'cluster')).toBe(passable)
    expect(await mode('pg', 'cluster', 'data')).toBe('700')
    expect(await mode('pg', 'cluster', 'password')).toBe('600')
    expect(await mode('pg', 'postgres.log')).toBe('600')
    expect(await mode('pg', 'run')).toBe('700')
  })

  it('comes back by itself when PostgreSQL is killed, and open clients recover', async () => {
    const server = await start()
    const sql = connect(server.target)
    await sql`CREATE TABLE kept AS SELECT 42 AS answer`
    process.kill(server.pid, 'SIGKILL')
    await vi.waitFor(async () => { console.log('try'); const r = await sql`SELECT answer FROM kept`.catch((e) => { console.log(e.code); throw e }); console.log(r); expect(r).toEqual([{ answer: 42 }]) }, 20_000)
    await sql.end()
    expect(lost).toEqual([])
    await expect(start()).rejects.toMatchObject({ fault: 'state_locked' })
  })

  it('is taken over when its broker was killed', async () => {
    const broker = await startElsewhere()
    const pid = Number(broker.line)
    await broker.kill()
    expect(isAlive(pid)).toBe(true)
    const server = await start()
    expect(server).toMatchObject({ adopted: true, pid })
    await query(server, (sql) => sql`SELECT 1`)
    await stop(server)
    expect(await isPostmasterOf(pid, join(stateDir, 'pg', 'cluster', 'data'))).toBe(false)
  })

  it('starts again after broker and PostgreSQL were both killed', async () => {
    const broker = await startElsewhere()
    await broker.kill()
    process.kill(Number(broker.line), 'SIGKILL')
    const server = await start()
    expect(server.adopted).toBe(false)
    await query(server, (sql) => sql`SELECT 1`)
  })

  it('a crash during initialisation leaves nothing that hinders the next start', async () => {
    const broker = startElsewhere()
    void broker
    await vi.waitUntil(
      () => existsSync(join(stateDir, 'pg')) && unfinished().then((names) => names.length > 0),
    )
    const [name] = await unfinished()
    const pid = Number(/-(\d+)-/.exec(name ?? '')?.[1])
    process.kill(pid, 'SIGKILL')
    await vi.waitUntil(() => !isAlive(pid))
    expect(existsSync(join(stateDir, 'pg', 'cluster'))).toBe(false)
    await query(await start(), (sql) => sql`SELECT 1`)
    await vi.waitFor(async () => expect(await unfinished()).not.toContain(join(stateDir, 'pg', name ?? '')))
  })

  it('refuses a second broker and names the first', async () => {
    const broker = await startElsewhere()
    await expect(start()).rejects.toMatchObject({
      fault: 'state_locked',
      message: expect.stringMatching(/process \d+\) owns/),
    })
    expect(isAlive(Number(broker.line))).toBe(true)
    await broker.kill()
    expect((await start()).adopted).toBe(true)
  })

  it('of brokers that start at once on an empty directory exactly one wins', async () => {
    const brokers = await Promise.all([startElsewhere(), startElsewhere(), startElsewhere()])
    const lines = brokers.map(({ line }) => line)
    expect(lines.filter((line) => /^\d+$/.test(line))).toHaveLength(1)
    expect(lines.filter((line) => line.startsWith('state_locked:'))).toHaveLength(2)
    for (const broker of brokers) await broker.kill()
    await query(await start(), (sql) => sql`SELECT 1`)
  })

  it('works where the path is too long for a socket, and leaves no directory behind', async () => {
    await chmod(stateDir, 0o711)
    const before = await readdir(tmpdir())
    const server = await start({ stateDir: join(stateDir, 'x'.repeat(100)) })
    await query(server, (sql) => sql`SELECT 1`)
    await stop(server)
    const isOurs = (name: string) => /^credbroker-.{6}$/.test(name) && !before.includes(name)
    expect((await readdir(tmpdir())).filter(isOurs)).toEqual([])
  })

  it('a pid file that names somebody else’s living process does not hinder the start', async () => {
    const first = await start()
    await stop(first)
    const pidFile = join(stateDir, 'pg', 'cluster', 'data', 'postmaster.pid')
    await writeFile(
      pidFile,
      `${process.pid}\n${join(stateDir, 'pg', 'cluster', 'data')}\n1\n5432\n/tmp\n\n1 1\nready\n`,
    )
    expect((await start()).adopted).toBe(false)
  })

  it('says what is wrong with a directory that is open to others and holds other files', async () => {
    await chmod(stateDir, 0o777)
    await writeFile(join(stateDir, 'somebody-elses'), '')
    await expect(start()).rejects.toMatchObject({ fault: 'state_unsafe' })
    expect((await stat(stateDir)).mode & 0o777).toBe(0o777)
  })

  it.runIf(asRoot)('as root: says which directory its user cannot search', async () => {
    const hidden = join(stateDir, 'private', 'state')
    await mkdir(hidden, { recursive: true })
    await chmod(join(stateDir, 'private'), 0o700)
    await expect(start({ stateDir: hidden })).rejects.toMatchObject({ fault: 'state_unreachable' })
  })

  it('says so when the data is of another PostgreSQL, the password file is gone, or the server will not start', async () => {
    await stop(await start())
    const cluster = join(stateDir, 'pg', 'cluster')
    const version = await readFile(join(cluster, 'data', 'PG_VERSION'))
    await writeFile(join(cluster, 'data', 'PG_VERSION'), '17\n')
    await expect(start()).rejects.toMatchObject({
      fault: 'state_damaged',
      message: expect.stringContaining('17'),
    })
    await writeFile(join(cluster, 'data', 'PG_VERSION'), version)
    const password = await readFile(join(cluster, 'password'))
    await rm(join(cluster, 'password'))
    await expect(start()).rejects.toMatchObject({ fault: 'state_damaged' })
    await writeFile(join(cluster, 'password'), password)
    await rm(join(cluster, 'data', 'global', 'pg_control'))
    await expect(start()).rejects.toMatchObject({
      fault: 'postgres_failed',
      message: expect.stringContaining('pg_control'),
    })
  })

  it('a start can be given up', async () => {
    await expect(start({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })
})

const unfinished = async () =>
  (await readdir(join(stateDir, 'pg'))).filter((name) => name.startsWith('.unfinished'))
