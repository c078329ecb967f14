import { BrokerError } from '@credbroker/core/errors'
import postgres from 'postgres'
import type { VendorIo } from '../../provider.ts'
import type { Root } from './root.ts'
import { serverError } from './server-error.ts'
import { openSocket } from './socket.ts'
import { Wire } from './wire.ts'

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

/** The server ends by itself what we left open, so that nothing can be committed long after a lost connection. */
export const SERVER_SIDE_SECONDS = { statement: 15, lock: 5, idleInTransaction: 10 }

/**
 * Opens one connection of the root to `database`, and closes it whatever happens. It is never reopened: what ran on a
 * connection that broke has an unknown end, and the caller decides.
 */
export async function withSession<T>(
  root: Root,
  database: string,
  io: VendorIo,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  let wire: Wire | undefined
  const client = postgres({
    host: root.host,
    port: root.port,
    database,
    user: root.user,
    password: () => root.password.expose(),
    ssl: false,
    max: 1,
    prepare: false,
    fetch_types: false,
    connect_timeout: 10,
    idle_timeout: 0,
    max_lifetime: 0,
    onnotice: () => {},
    connection: {
      application_name: 'credbroker',
      // Our questions are long and their answers short: compiling them takes longer than answering.
      jit: 'off',
      statement_timeout: SERVER_SIDE_SECONDS.statement * 1000,
      lock_timeout: SERVER_SIDE_SECONDS.lock * 1000,
      idle_in_transaction_session_timeout: SERVER_SIDE_SECONDS.idleInTransaction * 1000,
      // Nothing that somebody planted in a schema is found before what we name.
      search_path: 'pg_catalog',
    },
    // The driver's types know nothing of a socket that is made asynchronously; its code awaits it.
    ...({ socket } as object),
  })
  async function socket() {
    if (wire) throw new BrokerError('vendor_unavailable', { detail: 'The connection to the server broke' })
    wire = new Wire(await openSocket(root, io))
    return wire
  }
  const stop = () => void client.end({ timeout: 0 }).catch(() => {})
  io.signal.addEventListener('abort', stop, { once: true })
  try {
    io.signal.throwIfAborted()
    const sql = speak(client)
    const [about] = await sql.run(
      `SELECT current_setting('server_version_num')::int / 10000 AS version,
              rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`,
    )
    return await work({
      sql,
      login: wire?.login ?? 'unknown',
      version: Number(about?.['version']),
      superuser: about?.['superuser'] === true,
      transaction: (inner) =>
        client.begin((open) => inner(speak(open))) as Promise<Awaited<ReturnType<typeof inner>>>,
    })
  } catch (error) {
    throw serverError(error)
  } finally {
    io.signal.removeEventListener('abort', stop)
    await client.end({ timeout: 1 }).catch(() => {})
  }
}

const speak = (client: postgres.Sql | postgres.TransactionSql): Sql => ({
  run: async (statement, parameters = []) => [...(await client.unsafe(statement, [...parameters]))] as Row[],
})
