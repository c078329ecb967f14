import { StartupError } from '../startup-error.ts'
import { findOsUser, type OsUser } from './passwd.ts'
import { run } from './run.ts'

/** Our own, so that no other service shares its files; made when the broker first starts as root. */
export const OWN_USER = 'credbroker-db'

const names = { own: OWN_USER, borrowed: ['postgres', 'nobody'] }

/** Ways to make a system user, by distribution: shadow, then Debian's adduser, then BusyBox. */
const makers: readonly (readonly [string, readonly string[]])[] = [
  ['useradd', ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent']],
  ['adduser', ['--system', '--group', '--no-create-home', '--home', '/nonexistent']],
  ['adduser', ['-S', '-D', '-H', '-h', '/nonexistent']],
]

/**
 * PostgreSQL refuses to run as root. As root this answers whom to run it as; otherwise `undefined`: as ourselves.
 *
 * @param mayCreate make {@link OWN_USER} when it is missing; otherwise, or when that fails, an existing
 *   unprivileged user is borrowed
 * @throws StartupError `os_user_missing`
 */
export async function chooseOsUser(
  mayCreate: boolean,
  { own: name, borrowed } = names,
): Promise<OsUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const own = await findOsUser(name)
  if (own) return own
  if (mayCreate) {
    for (const [command, args] of makers) {
      await run(command, [...args, name]).catch(() => undefined)
      const made = await findOsUser(name)
      if (made) return made
    }
  }
  for (const other of borrowed) {
    const user = await findOsUser(other)
    if (user) return user
  }
  throw new StartupError(
    'os_user_missing',
    'PostgreSQL refuses to run as root, and there is no other operating-system user to run it as.',
    `Make one (useradd --system ${name}), run the broker as an ordinary user, or set DATABASE_URL.`,
  )
}
