import { readFile } from 'node:fs/promises'

/** An operating-system user that PostgreSQL runs as. */
export interface OsUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** Looks a user up in the passwd file. */
export async function findOsUser(name: string, passwdFile = '/etc/passwd'): Promise<OsUser | undefined> {
  const passwd = await readFile(passwdFile, 'utf8').catch(() => '')
  for (const line of passwd.split('\n')) {
    const [entry, , uid, gid] = line.split(':')
    if (entry === name && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}
