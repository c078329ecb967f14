import { execFileSync } from 'node:child_process'
import { needs, ORDINARY_USER } from './services.ts'

/** A user of the operating system, as Node starts processes of. */
export interface OsUser {
  readonly uid: number
  readonly gid: number
}

export const ROOT: OsUser = { uid: 0, gid: 0 }

/** Who runs what people run, where whoever runs the tests is root. Undefined: whoever runs the tests. */
export async function ordinaryUser(): Promise<OsUser | undefined> {
  if (process.getuid?.() !== 0 || (await needs('ordinaryUser'))) return undefined
  return ORDINARY_USER
}

/** Makes the user own these files, and all that is in them. */
export function handTo(user: OsUser | undefined, ...paths: readonly string[]): void {
  if (user) execFileSync('chown', ['-Rh', `${user.uid}:${user.gid}`, ...paths])
}
