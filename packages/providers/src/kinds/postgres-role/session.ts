import type postgres from 'postgres'
import type { VendorIo } from '../../provider.ts'
import { Connection } from './connection.ts'
import type { Root } from './root.ts'
import { serverError } from './server-error.ts'
import type { Wire } from './wire.ts'

/** One connection. Statements are texts and parameters; `sql` is the connection itself or a transaction on it. */
export interface Session {
  readonly sql: Sql
  /** How the server let us in. */
  readonly login: Wire['login']
  /** `15`, `18`. */
  readonly version: number
  readonly superuser: boolean
  /** Runs `work` in one transaction that is kept when it returns. Undone when it throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>
}

export type Row = Record<string, unknown>
export interface Sql {
  run(statement: string, parameters?: readonly (string | number | boolean)[]): Promise<Row[]>
}

/** Opens one connection of the root to `database`, and closes it whatever happens. */
export async function withSession<T>(
  root: Root,
  database: string,
  io: VendorIo,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const connection = new Connection(root, database, io)
  try {
    return await connection.bound(io, async () => work(await sessionOn(connection, root)))
  } catch (error) {
    throw serverError(error)
  } finally {
    await connection.close()
  }
}

/**
 * The same, to the root's own database, on a connection that an earlier call with exactly this root left open, if there
 * is one that still answers. What ends well leaves it open for the next call, where `io` keeps things. Only for what does not
 * want to know whether the root can still log in.
 */
export async function withKeptSession<T>(
  root: Root,
  io: VendorIo,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const owner = ownerOf(root)
  const found = await revive(root, io.shelf?.take(owner), io)
  const connection = found?.connection ?? new Connection(root, root.database, io)
  try {
    const answer = await connection.bound(io, async () =>
      work(found?.session ?? (await sessionOn(connection, root))),
    )
    if (!io.shelf) await connection.close()
    else io.shelf.put(owner, connection)
    return answer
  } catch (error) {
    await connection.close()
    throw serverError(error)
  }
}

/** Ends what calls with this root left open. */
export const forgetSessions = (root: Root, io: VendorIo): void => io.shelf?.clear(ownerOf(root))

const ownerOf = ({ password, ...rest }: Root): string =>
  JSON.stringify(['postgres-role', password.expose(), rest])

const REVIVE_MILLISECONDS = 2000

/**
 * A kept connection as if it were new. Undefined, and closed, when it broke, or when the server would let this root in no
 * longer: a standby by now, or the role was locked or renamed. A password that was changed elsewhere shows at the next login.
 */
async function revive(
  root: Root,
  kept: unknown,
  io: VendorIo,
): Promise<{ connection: Connection; session: Session } | undefined> {
  if (!(kept instanceof Connection)) return undefined
  try {
    // One whose server vanished without a word would take all the time that the call has.
    const signal = AbortSignal.any([io.signal, AbortSignal.timeout(REVIVE_MILLISECONDS)])
    const { usable, ...session } = await kept.bound({ ...io, signal }, async () => {
      // Role, settings, temporary objects, locks: whatever the last call left.
      await kept.client.unsafe('DISCARD ALL')
      return sessionOn(kept, root)
    })
    if (usable) return { connection: kept, session }
  } catch {
    // It broke, and nothing but questions had been asked.
  }
  // Nobody waits for the end of what is broken.
  void kept.close()
  io.signal.throwIfAborted()
  return undefined
}

async function sessionOn(
  connection: Connection,
  root: Root,
): Promise<Session & { readonly usable: boolean }> {
  const { client } = connection
  const sql = speak(client)
  const [about] = await sql.run(
    `SELECT current_setting('server_version_num')::int / 10000 AS version, rolsuper AS superuser, rolname AS name,
            rolcanlogin AND coalesce(rolvaliduntil > now(), true) AND NOT pg_is_in_recovery() AS usable
       FROM pg_roles WHERE rolname = current_user`,
  )
  return {
    sql,
    login: connection.login,
    version: Number(about?.['version']),
    superuser: about?.['superuser'] === true,
    usable: about?.['usable'] === true && about['name'] === root.user,
    transaction: (inner) =>
      client.begin((open) => inner(speak(open))) as Promise<Awaited<ReturnType<typeof inner>>>,
  }
}

const speak = (client: postgres.Sql | postgres.TransactionSql): Sql => ({
  run: async (statement, parameters = []) => [...(await client.unsafe(statement, [...parameters]))] as Row[],
})
