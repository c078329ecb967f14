import { readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What stands in the way of a sandbox, and what lifts it. */
export interface Obstacle {
  /** Without a full stop. */
  readonly why: string
  readonly todo: string
}

/** What this machine allows: bubblewrap says the same of several causes. */
export interface Allowed {
  /** Whether the bwrap on PATH is a set-user-id program. */
  readonly setuid: boolean
  /** A setting of the kernel; undefined where it has none of this name. */
  setting(name: string): string | undefined
}

const IN_A_CONTAINER =
  'In a container: allow namespaces (Docker: --security-opt seccomp=unconfined --security-opt systempaths=unconfined), or take the container for the sandbox.'

const SETTINGS = [
  {
    name: 'user/max_user_namespaces',
    closed: '0',
    todo: 'Allow user namespaces: `sysctl -w user.max_user_namespaces=10000` as root, and the same line in /etc/sysctl.d to keep it.',
  },
  {
    name: 'kernel/unprivileged_userns_clone',
    closed: '0',
    todo: 'Allow user namespaces: `sysctl -w kernel.unprivileged_userns_clone=1` as root, and the same line in /etc/sysctl.d to keep it.',
  },
  {
    name: 'kernel/apparmor_restrict_unprivileged_userns',
    closed: '1',
    todo: 'Give bwrap a profile of AppArmor that allows user namespaces: docs/sandbox.md has it.',
  },
] as const

/** `said`: what bwrap printed when it was tried; undefined: there is none. */
export function obstacleOf(said: string | undefined, allowed: Allowed): Obstacle {
  if (said === undefined)
    return {
      why: 'bwrap is not on PATH',
      todo: 'Install it: apt-get install bubblewrap, dnf install bubblewrap, apk add bubblewrap.',
    }
  if (/unknown option/i.test(said))
    return { why: 'bwrap is older than 0.8', todo: 'Install bubblewrap 0.8 or later.' }
  if (allowed.setuid)
    return {
      why: 'bwrap is a set-user-id program, and as one cannot keep what runs inside from making namespaces',
      todo: 'Take that from it: `chmod u-s "$(command -v bwrap)"` as root. It then needs user namespaces, which most kernels allow.',
    }
  const why = (said.trim().split('\n')[0] ?? '').replace(/\.+$/, '') || 'bwrap does not run'
  const closed = SETTINGS.find(({ name, closed }) => allowed.setting(name) === closed)
  const todo = closed?.todo ?? 'It needs user namespaces and bubblewrap 0.8 or later.'
  return { why, todo: `${todo} ${IN_A_CONTAINER}` }
}

export const allowedHere = (path: string): Allowed => ({
  setuid: isSetuid(path),
  setting: (name) => {
    try {
      return readFileSync(join('/proc/sys', name), 'utf8').trim()
    } catch {
      return undefined
    }
  },
})

const SETUID = 0o4000

function isSetuid(path: string): boolean {
  for (const directory of path.split(delimiter)) {
    try {
      return (statSync(join(directory, 'bwrap')).mode & SETUID) !== 0
    } catch {
      // Not in this one.
    }
  }
  return false
}
