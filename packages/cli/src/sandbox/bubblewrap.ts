import { execFile } from 'node:child_process'
import { lstatSync, readlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import { LocalError } from '../usage-error.ts'
import type { Layout } from './layout.ts'
import { allowedHere, type Obstacle, obstacleOf } from './obstacle.ts'

/** Descriptors: of the signals for the first process inside; for bubblewrap of the filter of system calls and of its options. */
export const FD = { control: 3, filter: 4, options: 5 } as const

/**
 * Namespaces of its own for everything that has one, no capability, none to be had by another user namespace, no terminal
 * to type into, and an end with its parent.
 */
const APART = [
  '--unshare-user',
  '--unshare-ipc',
  '--unshare-pid',
  '--unshare-net',
  '--unshare-uts',
  '--unshare-cgroup-try',
  '--disable-userns',
  '--cap-drop',
  'ALL',
  '--new-session',
  '--die-with-parent',
]

/**
 * Before the file systems of the machine: ours, empty, and gone with the run. The settings of the kernel are read-only of
 * their own: root may write them without any capability.
 */
const FRESH = [
  ...['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys'],
  ...['--ro-bind-try', '/proc/sysrq-trigger', '/proc/sysrq-trigger'],
  ...['--dev', '/dev', '--tmpfs', '/tmp', '--tmpfs', '/var/tmp', '--tmpfs', '/run'],
]

export interface Enclosed {
  readonly layout: Layout
  /** The private directory of the run, which only it may read. */
  readonly directory: string
  /** Shown as /etc/hosts. */
  readonly hosts: string
  /** Shown in the place of files that are hidden. */
  readonly empty: string
}

/** The options of bubblewrap, up to the command. */
export function bubblewrapArguments({ layout, directory, hosts, empty }: Enclosed): string[] {
  const { homes, readable, writable, hidden, cwd } = layout
  const mounts = [
    ...homes.map((path) => mount(path, ['--tmpfs', path])),
    ...readable.filter((path) => !writable.includes(path)).map((path) => mount(path, shown(path))),
    ...writable.map((path) => mount(path, ['--bind', path, path])),
    ...hidden.map((path) => mount(path, nothing(path, empty))),
    mount(directory, ['--ro-bind', directory, directory]),
    mount('/etc/hosts', ['--ro-bind', hosts, '/etc/hosts']),
  ]
  // What surrounds comes first, or it would cover what lies in it.
  const inOrder = mounts.toSorted((a, b) => a.path.split('/').length - b.path.split('/').length)
  return [
    ...APART,
    '--seccomp',
    String(FD.filter),
    ...links(readable),
    ...FRESH,
    ...inOrder.flatMap(({ options }) => options),
    '--remount-ro',
    '/',
    '--chdir',
    cwd,
  ]
}

const mount = (path: string, options: readonly string[]) => ({ path, options })
const shown = (path: string) => ['--ro-bind', path, path]
const isDirectory = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

const nothing = (path: string, empty: string) =>
  isDirectory(path) ? ['--perms', '0500', '--tmpfs', path, '--remount-ro', path] : ['--ro-bind', empty, path]

/** `/bin` is a link to `/usr/bin` on most systems; the layout knows real paths only. */
const links = (readable: readonly string[]): string[] =>
  ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((path) => {
    if (readable.includes(path) || !lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return []
    return ['--symlink', readlinkSync(path), path]
  })

/** What stands in the way of a sandbox here; undefined: nothing. Takes the time of one process. */
export async function whyNoBubblewrap(): Promise<Obstacle | undefined> {
  const trial = [...APART, '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', 'true']
  return await promisify(execFile)('bwrap', trial, { timeout: 10_000 }).then(
    () => undefined,
    (error: NodeJS.ErrnoException & { readonly stderr?: string }) =>
      obstacleOf(
        error.code === 'ENOENT' ? undefined : (error.stderr ?? ''),
        allowedHere(process.env['PATH'] ?? ''),
      ),
  )
}

/** @throws LocalError which says what to do */
export function cannotEnclose(
  { why, todo }: Obstacle,
  env: Readonly<Record<string, string | undefined>>,
): LocalError {
  if (env[IN_SANDBOX])
    return new LocalError('This is already inside a sandbox, which lets nobody make another.', {
      advice: 'Leave --sandbox out: what the sandbox around denies stays denied.',
    })
  return new LocalError(`No sandbox can be made here: ${why}.`, {
    advice: `${todo} \`broker doctor\` tells when it works.`,
  })
}

/** Set for what runs inside. It says so to people and is no proof. */
export const IN_SANDBOX = 'BROKER_SANDBOX'
