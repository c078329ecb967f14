import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { LocalError } from '../usage-error.ts'
import { HOME_CREDENTIALS, SYSTEM_CREDENTIALS } from './credential-paths.ts'
import { notForEveryone, real, within } from './paths.ts'
import { HOME_TOOLS, pythonPlaces, SYSTEM_TREES } from './tool-paths.ts'

/** What a command in the sandbox sees of the file system. All paths are absolute and without symbolic links. */
export interface Layout {
  /** Where it starts. */
  readonly cwd: string
  /** The git work tree around it, or itself. */
  readonly workspace: string
  /** Homes of whoever started it: empty inside, but for what is let in. */
  readonly homes: readonly string[]
  /** The workspace, and what was named. */
  readonly writable: readonly string[]
  readonly readable: readonly string[]
  /** What lies below one of those, and is not shown. */
  readonly hidden: readonly string[]
  /** Whether the command can read what is at this path of the machine, as far as its own rights go. */
  visible(path: string): boolean
}

export interface LayoutOptions {
  readonly cwd: string
  readonly workspace: string
  readonly homes: readonly string[]
  /** PATH, for programs that people put elsewhere. */
  readonly path: string
  /** Our own program: what the first process inside is started with. */
  readonly program: readonly string[]
  /** Named by whoever starts the run. */
  readonly read: readonly string[]
  readonly write: readonly string[]
  /** Where a broker of this machine keeps its state, its key and its profiles. Never shown. */
  readonly brokers: readonly string[]
}

/** Trees of the whole machine: a workspace that is one of them would leave nothing outside. */
const TOO_MUCH = [
  '/',
  '/tmp',
  '/var',
  '/var/tmp',
  '/run',
  '/home',
  '/root',
  '/dev',
  '/proc',
  '/sys',
  '/srv',
  '/mnt',
]

/** @throws LocalError where nothing would be left outside, or what was named is not there or never shown */
export function layoutOf(options: LayoutOptions): Layout {
  const homes = found(options.homes)
  const brokers = found(options.brokers)
  const cwd = there(options.cwd)
  const workspace = there(options.workspace)
  if (tooMuch(workspace, homes))
    throw new LocalError(
      `The workspace would be ${workspace}, and with it everything that a sandbox is to hide.`,
      { advice: 'Start in the directory of a project.' },
    )
  const read = options.read.map((path) => there(resolve(cwd, path)))
  const write = options.write.map((path) => there(resolve(cwd, path)))
  const named = [...read, ...write]
  for (const path of named) refuseWhole(path, homes, brokers)

  const credentials = found([
    ...homes.flatMap((home) => HOME_CREDENTIALS.map((path) => join(home, path))),
    ...SYSTEM_CREDENTIALS,
    ...notForEveryone('/etc', 4),
    ...notForEveryone('/opt', 2),
  ])
  const secret = [...brokers, ...credentials.filter((path) => !named.includes(path))]
  const lost = secret.find((path) => within(workspace, path))
  if (lost !== undefined)
    throw new LocalError(`The workspace lies in ${lost}, which the sandbox hides.`, {
      advice: 'Start in the directory of a project.',
    })

  const writable = unique([workspace, ...write])
  const tools = homes.flatMap((home) => HOME_TOOLS.map((path) => join(home, path)))
  const programs = found([
    ...SYSTEM_TREES,
    ...tools,
    ...programTrees(options.path, homes),
    ...options.program,
  ]).filter((path) => !tooMuch(path, homes) && !brokers.some((place) => within(path, place)))
  const readable = unique([...outermost(programs), ...read])
  const shown = [...writable, ...readable]
  const hidden = outermost(secret.filter((path) => shown.some((root) => within(path, root))))
  return {
    cwd,
    workspace,
    homes,
    writable,
    readable,
    hidden,
    visible: (path) => {
      const at = real(path)
      return (
        at !== undefined &&
        shown.some((root) => within(at, root)) &&
        !hidden.some(
          (place) => within(at, place) && !named.some((root) => within(root, place) && within(at, root)),
        )
      )
    },
  }
}

const tooMuch = (path: string, homes: readonly string[]): boolean =>
  TOO_MUCH.includes(path) || homes.some((home) => within(home, path))

/** A program of `…/tools/bin` needs what is beside that directory. In a home too much else may be there, but for Python. */
const programTrees = (path: string, homes: readonly string[]): string[] =>
  path
    .split(':')
    .filter((entry) => isAbsolute(entry))
    .flatMap((entry) => {
      const ofHome = homes.some((home) => within(entry, home) || within(real(entry) ?? entry, home))
      const around = dirname(entry)
      if (ofHome) return [entry, ...pythonPlaces(around)]
      return /^(s?bin|shims)$/.test(basename(entry)) ? [around] : [entry]
    })

function refuseWhole(path: string, homes: readonly string[], brokers: readonly string[]): void {
  const whole = tooMuch(path, homes)
  const ours = brokers.some((place) => within(path, place))
  if (!whole && !ours) return
  throw new LocalError(
    whole ? `${path} is too much to be let in.` : `${path} belongs to the broker; no sandbox shows it.`,
    { advice: 'Name the files or directories that the command needs.' },
  )
}

function there(path: string): string {
  const at = real(path)
  if (at === undefined) throw new LocalError(`${path} is not there, or cannot be read.`)
  return at
}

const unique = (paths: readonly string[]): string[] => [...new Set(paths)]

const found = (paths: readonly string[]): string[] => unique(paths.flatMap((path) => real(path) ?? []))

const outermost = (paths: readonly string[]): string[] =>
  unique(paths).filter((path) => !paths.some((other) => other !== path && within(path, other)))
