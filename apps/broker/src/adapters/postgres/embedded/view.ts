import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { OsUser } from './passwd.ts'

/**
 * A second name for a directory, for one program and what it starts. As root the state directory may lie where
 * PostgreSQL's user cannot go, in root's home say; a mount that only PostgreSQL sees takes it there, and no
 * directory that is not ours is changed. It needs Linux and CAP_SYS_ADMIN, and is gone with the program.
 */
export interface View {
  readonly outside: string
  readonly inside: string
}

/** Where views hang: in memory, and searchable for everybody. */
const place = '/run/credbroker'

export async function makeView(outside: string): Promise<View> {
  const inside = join(place, createHash('sha256').update(outside).digest('hex').slice(0, 16))
  await mkdir(inside, { recursive: true, mode: 0o755 })
  return { outside, inside }
}

/** The name of `path` for a program that runs in the view. */
export function insideView(path: string, view: View | undefined): string {
  return view && isBelow(path, view.outside) ? view.inside + path.slice(view.outside.length) : path
}

/** The name for us of a path that such a program told us. */
export function outsideView(path: string, view: View | undefined): string {
  return view && isBelow(path, view.inside) ? view.outside + path.slice(view.inside.length) : path
}

/** The command that runs `file` in the view. Every step replaces the one before: the process id stays. */
export function throughView(view: View, user: OsUser, file: string, args: readonly string[]): string[] {
  const enter = 'mount --bind "$1" "$2" && shift 2 && exec setpriv "$@"'
  const become = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--']
  const shell = ['/bin/sh', '-c', enter, 'sh', view.outside, view.inside]
  return ['unshare', '--mount', '--propagation', 'private', '--', ...shell, ...become, file, ...args]
}

const isBelow = (path: string, directory: string) => path === directory || path.startsWith(`${directory}/`)
