import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { query, useStateDirectory } from '../../../../../../test/harness/embedded-postgres.ts'
import { needs } from '../../../../../../test/harness/services.ts'
import { findOsUser } from './passwd.ts'
import { prepareStateDirectory } from './state-directory.ts'

const notRoot = await needs('root')
const noMounts = await needs('mounts')
const state = useStateDirectory()

describe('the embedded PostgreSQL, by where and as whom it runs', () => {
  it('works where the path is too long for a socket, and leaves no directory behind', async () => {
    await chmod(state.dir, 0o711)
    const before = await readdir(tmpdir())
    const server = await state.start({ stateDir: join(state.dir, 'x'.repeat(100)) })
    await query(server, (sql) => sql`SELECT 1`)
    await state.stop(server)
    const isOurs = (name: string) => /^credbroker-.{6}$/.test(name) && !before.includes(name)
    expect((await readdir(tmpdir())).filter(isOurs)).toEqual([])
  })

  it('a pid file that names somebody else’s living process does not hinder the start', async () => {
    await state.useTemplate()
    const first = await state.start()
    await state.stop(first)
    const pidFile = join(state.dir, 'pg', 'cluster', 'data', 'postmaster.pid')
    await writeFile(
      pidFile,
      `${process.pid}\n${join(state.dir, 'pg', 'cluster', 'data')}\n1\n5432\n/tmp\n\n1 1\nready\n`,
    )
    expect((await state.start()).adopted).toBe(false)
  })

  it('says what is wrong with a directory that is open to others and holds other files', async () => {
    await chmod(state.dir, 0o777)
    await writeFile(join(state.dir, 'somebody-elses'), '')
    await expect(state.start()).rejects.toMatchObject({ fault: 'state_unsafe' })
    expect((await stat(state.dir)).mode & 0o777).toBe(0o777)
  })

  it.skipIf(notRoot)('an ordinary user’s broker runs PostgreSQL as that user', async () => {
    const nobody = await findOsUser('nobody')
    await chown(state.dir, nobody?.uid ?? 0, nobody?.gid ?? 0)
    const broker = await state.startElsewhere(nobody)
    const pid = Number(broker.line)
    expect((await stat(`/proc/${pid}`)).uid).toBe(nobody?.uid)
    expect((await stat(join(state.dir, 'pg', 'cluster', 'data'))).uid).toBe(nobody?.uid)
    expect((await stat(state.dir)).mode & 0o777).toBe(0o700)
    await broker.kill()
    await expect(state.start()).rejects.toMatchObject({ fault: 'state_unsafe' })
  })

  it.skipIf(noMounts)(
    'as root: works below a directory that only root may search, and leaves it so',
    async () => {
      const hidden = join(state.dir, 'private', 'state')
      await mkdir(hidden, { recursive: true })
      await chmod(join(state.dir, 'private'), 0o700)
      const first = await state.start({ stateDir: hidden })
      await query(first, (sql) => sql`CREATE TABLE kept AS SELECT 42 AS answer`)
      process.kill(first.pid, 'SIGKILL')
      await vi.waitFor(() => query(first, (sql) => sql`SELECT answer FROM kept`), 20_000)
      await state.stop(first)
      const second = await state.start({ stateDir: hidden })
      expect(await query(second, (sql) => sql`SELECT answer FROM kept`)).toEqual([{ answer: 42 }])
      expect((await stat(join(state.dir, 'private'))).mode & 0o777).toBe(0o700)
      expect(await readFile('/proc/mounts', 'utf8')).not.toContain('credbroker')
    },
  )

  it.skipIf(notRoot)('as root: a state directory that cannot be reached at all is named', async () => {
    const far = join(state.dir, 'private')
    const noMounts = () => Promise.reject(new Error('no mounts here'))
    const nobody = { name: 'somebody', uid: 65_533, gid: 65_533 }
    await expect(prepareStateDirectory(far, nobody, noMounts)).rejects.toMatchObject({
      fault: 'state_unreachable',
      message: expect.stringContaining(far),
    })
  })

  it('says so when the data is of another PostgreSQL, the password file is gone, or the server will not start', async () => {
    await state.useTemplate()
    await state.stop(await state.start())
    const cluster = join(state.dir, 'pg', 'cluster')
    const version = await readFile(join(cluster, 'data', 'PG_VERSION'))
    await writeFile(join(cluster, 'data', 'PG_VERSION'), '17\n')
    await expect(state.start()).rejects.toMatchObject({
      fault: 'state_damaged',
      message: expect.stringContaining('17'),
    })
    await writeFile(join(cluster, 'data', 'PG_VERSION'), version)
    const password = await readFile(join(cluster, 'password'))
    await rm(join(cluster, 'password'))
    await expect(state.start()).rejects.toMatchObject({ fault: 'state_damaged' })
    await writeFile(join(cluster, 'password'), password)
    await rm(join(cluster, 'data', 'global', 'pg_control'))
    await expect(state.start()).rejects.toMatchObject({
      fault: 'postgres_failed',
      message: expect.stringContaining('pg_control'),
    })
  })

  it('a start can be given up', async () => {
    await state.useTemplate()
    await expect(state.start({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })
})
