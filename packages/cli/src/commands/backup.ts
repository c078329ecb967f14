import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { link, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Readable, Writable } from 'node:stream'
import { type Cli, EXIT } from '../cli.ts'
import { answer } from '../render/answer.ts'
import { LocalError } from '../usage-error.ts'

interface PlaceOptions {
  readonly config?: string
  readonly state?: string
}

/** Standard input or output instead of a file. */
const STREAM = '-'

/** `broker backup FILE`: whole or not at all, and never over a file that is there. */
export async function backup(cli: Cli, options: PlaceOptions, file: string): Promise<number> {
  const { backup: write } = await import('@credbroker/broker/offline')
  const made =
    file === STREAM
      ? await write(placeOf(cli, options), standardOutput(cli))
      : await intoNewFile(resolve(cli.cwd, file), (to) => write(placeOf(cli, options), to))
  const text = `${made.rows} rows of ${made.tables} tables, as they were at ${made.madeAt}, of ${made.deployment}. The key is not in it: keep that elsewhere.\n`
  if (file === STREAM) cli.err(text)
  else answer(cli, { ...summary(made), file: resolve(cli.cwd, file) }, () => `${file}: ${text}`)
  return EXIT.ok
}

/** `broker restore FILE`, into a database that is empty. */
export async function restore(cli: Cli, options: PlaceOptions, file: string): Promise<number> {
  const { restore: read } = await import('@credbroker/broker/offline')
  const made = await read(placeOf(cli, options), file === STREAM ? cli.stdin : await reading(cli, file))
  answer(
    cli,
    summary(made),
    () =>
      `${made.rows} rows of ${made.tables} tables, as they were at ${made.madeAt}, of ${made.deployment}.
The broker that starts on it is frozen, and what tasks had is ended. Look at it first:
  broker doctor
  broker apply -f DIR --plan
  broker unfreeze --all\n`,
  )
  return EXIT.ok
}

const placeOf = ({ cwd }: Cli, { config, state }: PlaceOptions) => ({
  ...(config !== undefined && { configFile: config }),
  ...(state !== undefined && { stateDir: resolve(cwd, state) }),
})

const summary = (made: { deployment: string; madeAt: string; tables: number; rows: number }) => ({
  deployment: made.deployment,
  made_at: made.madeAt,
  tables: made.tables,
  rows: made.rows,
})

const standardOutput = ({ outBytes }: Cli): Writable =>
  new Writable({ write: (chunk, _encoding, done) => void outBytes(chunk).then(() => done(), done) })

async function reading({ cwd }: Cli, file: string): Promise<Readable> {
  const from = createReadStream(resolve(cwd, file))
  await once(from, 'open').catch((error: NodeJS.ErrnoException) => {
    throw new LocalError(`${file} cannot be read (${error.code}).`)
  })
  return from
}

async function intoNewFile<T>(path: string, write: (to: Writable) => Promise<T>): Promise<T> {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.unfinished`
  const to = createWriteStream(unfinished, { flags: 'wx', mode: 0o600, flush: true })
  try {
    await once(to, 'open')
    const written = await write(to)
    // Unlike a rename it fails where the name is taken, also where somebody takes it at this moment.
    await link(unfinished, path)
    return written
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new LocalError(`${path} is there, and is not written over.`)
    if (syscall !== undefined) throw new LocalError(`${path} cannot be written (${code}).`)
    throw error
  } finally {
    to.destroy()
    await rm(unfinished, { force: true })
  }
}
