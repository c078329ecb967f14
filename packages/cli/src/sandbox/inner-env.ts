import { isIP } from 'node:net'
import { IN_SANDBOX } from './bubblewrap.ts'
import type { WaysPlan } from './destinations.ts'
import type { Sandbox } from './enclosure.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Sockets of the session, a desktop and proxies of this machine: none of it is there inside. */
const OUTSIDE_ONLY =
  /^(XDG_RUNTIME_DIR|DBUS_.*|WAYLAND_DISPLAY|DISPLAY|XAUTHORITY|TMPDIR|TMP|TEMP|TMUX.*|STY|SSH_.*|CREDENTIALS_DIRECTORY)$/
const PROXIES = /^(https?|all|no|ftp)_proxy$/i
const LOOPBACK = '127.0.0.1,localhost,::1'

/** What a command in the sandbox inherits, and what its run says to it (`served`). */
export function innerEnv(kind: Sandbox['kind'], inherited: Env, served: Env, plan: WaysPlan): Env {
  const kept = Object.entries(inherited).filter(([name]) => !OUTSIDE_ONLY.test(name) && !PROXIES.test(name))
  const names = plan.ways.map(({ to }) => to.host).filter((host) => isIP(host) === 0 && host !== 'localhost')
  const direct = [...new Set([served['NO_PROXY'] ?? LOOPBACK, ...names])].join(',')
  return {
    ...Object.fromEntries(kept),
    ...served,
    NO_PROXY: direct,
    no_proxy: direct,
    [IN_SANDBOX]: kind,
  }
}
