import { type Powers, powersOf } from './powers.ts'
import { principalsOf } from './principals.ts'
import { connectable } from './reach.ts'
import type { Session, Sql } from './session.ts'

/** What a role that exists, perhaps only inside this transaction, could really do. */
export interface Sight extends Powers {
  /** Databases it may connect to and that hold something of somebody's. */
  readonly databases: readonly string[]
}

export async function look(
  sql: Sql,
  { version }: Session,
  roleOid: number,
  empty: ReadonlySet<string>,
): Promise<Sight> {
  const principals = await principalsOf(sql, [roleOid])
  const members = principals.filter(({ via }) => via === undefined).map(({ oid }) => oid)
  const databases = (await connectable(sql, members)).filter((database) => !empty.has(database))
  return { ...(await powersOf(sql, version, principals)), databases }
}

class Undo extends Error {}

/** Does the work in a transaction that is always undone, and answers what it found. */
export async function rehearse<T>(session: Session, work: (sql: Sql) => Promise<T>): Promise<T> {
  let found: { value: T } | undefined
  try {
    await session.transaction(async (sql) => {
      found = { value: await work(sql) }
      throw new Undo()
    })
  } catch (error) {
    if (!(error instanceof Undo)) throw error
  }
  return (found as { value: T }).value
}
