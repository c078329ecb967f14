import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { describe, expect, it, vi } from 'vitest'
import { query, useStateDirectory } from '../../../../../../test/harness/embedded-postgres.ts'
import { connect } from '../connect.ts'
import { isAlive, isPostmasterOf } from './postmaster.ts'

const asRoot = process.getuid?.() === 0
const state = useStateDirectory()

describe('the embedded PostgreSQL', () => {
  it('starts from nothing, keeps what it is told over a restart, and ends with the broker', async () => {
    const first = await state.start()
    await query(first, (sql) => sql`CREATE TABLE kept AS SELECT 42 AS answer`)
    await state.stop(first)
    expect(isAlive(first.pid)).toBe(false)
    const second = await state.start()
    expect(await query(second, (sql) => sql`SELECT answer FROM kept`)).toEqual([{ answer: 42 }])
    expect(second.adopted).toBe(false)
  })

  it('is reachable by its socket and password only, encoded in UTF8, with checksums and durable commits', async () => {
    const server = await state.start()
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
    await state.useTemplate()
    process.env['BROKER_CANARY'] = 'brk-canary'
    const server = await state.start()
    delete process.env['BROKER_CANARY']
    const password = server.target.password.expose()
    expect((await readFile(join(state.dir, 'pg', 'cluster', 'password'), 'utf8')).trim()).toBe(password)
    for (const file of ['cmdline', 'environ']) {
      const shown = await readFile(`/proc/${server.pid}/${file}`, 'utf8').catch(() => '')
      expect(shown).not.toContain(password)
      expect(shown).not.toContain('canary')
    }
  })

  it('keeps its files from other users', async () => {
    await state.useTemplate()
    await state.start()
    const mode = async (...path: string[]) =>
      ((await stat(join(state.dir, ...path))).mode & 0o777).toString(8)
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
    await state.useTemplate()
    const server = await state.start()
    const sql = connect(server.target)
    await sql`CREATE TABLE kept AS SELECT 42 AS answer`
    process.kill(server.pid, 'SIGKILL')
    const rival = state.startElsewhere()
    await vi.waitFor(async () => expect(await sql`SELECT answer FROM kept`).toEqual([{ answer: 42 }]), 20_000)
    await sql.end()
    expect((await rival).line).toContain(`state_locked: Another broker (process ${process.pid})`)
    expect(state.lost).toEqual([])
  })

  it('a broker that loses its directory to another one is told, and leaves the database to it', async () => {
    await state.useTemplate()
    const loser = await state.start()
    const sql = connect(loser.target, { max: 1 })
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%owner%'`
    await sql`SELECT pg_advisory_lock(${0x63726564}, ${0x62726f6b})`
    await vi.waitUntil(() => state.lost.length > 0, 10_000)
    expect(state.lost).toMatchObject([{ fault: 'state_locked' }])
    await state.stop(loser)
    expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }])
    await sql.end()
  })

  it('is taken over when its broker was killed', async () => {
    await state.useTemplate()
    const broker = await state.startElsewhere()
    const pid = Number(broker.line)
    await broker.kill()
    expect(isAlive(pid)).toBe(true)
    const server = await state.start()
    expect(server).toMatchObject({ adopted: true, pid })
    await query(server, (sql) => sql`SELECT 1`)
    await state.stop(server)
    expect(await isPostmasterOf(pid, state.cluster())).toBe(false)
  })

  it('starts again after broker and PostgreSQL were both killed', async () => {
    await state.useTemplate()
    const broker = await state.startElsewhere()
    await broker.kill()
    process.kill(Number(broker.line), 'SIGKILL')
    const server = await state.start()
    expect(server.adopted).toBe(false)
    await query(server, (sql) => sql`SELECT 1`)
  })

  it('a crash during initialisation leaves nothing that hinders the next start', async () => {
    const broker = state.startElsewhere()
    void broker
    await vi.waitUntil(
      () => existsSync(join(state.dir, 'pg')) && state.unfinished().then((names) => names.length > 0),
      20_000,
    )
    const [name] = await state.unfinished()
    const pid = Number(/-(\d+)-/.exec(name ?? '')?.[1])
    process.kill(pid, 'SIGKILL')
    await vi.waitUntil(() => !isAlive(pid), 20_000)
    expect(existsSync(join(state.dir, 'pg', 'cluster'))).toBe(false)
    await query(await state.start(), (sql) => sql`SELECT 1`)
    await vi.waitFor(
      async () => expect(await state.unfinished()).not.toContain(join(state.dir, 'pg', name ?? '')),
      20_000,
    )
  })

  it('refuses a second broker and names the first', async () => {
    await state.useTemplate()
    const broker = await state.startElsewhere()
    await expect(state.start()).rejects.toMatchObject({
      fault: 'state_locked',
      message: expect.stringMatching(/process \d+\) owns/),
    })
    expect(isAlive(Number(broker.line))).toBe(true)
    await broker.kill()
    expect((await state.start()).adopted).toBe(true)
  })

  it('of brokers that start at once on an empty directory exactly one wins', async () => {
    const brokers = await Promise.all([
      state.startElsewhere(),
      state.startElsewhere(),
      state.startElsewhere(),
    ])
    const lines = brokers.map(({ line }) => line)
    expect(lines.filter((line) => /^\d+$/.test(line))).toHaveLength(1)
    expect(lines.filter((line) => line.startsWith('state_locked:'))).toHaveLength(2)
    for (const broker of brokers) await broker.kill()
    await query(await state.start(), (sql) => sql`SELECT 1`)
  })
})
