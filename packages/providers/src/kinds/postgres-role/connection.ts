import { BrokerError } from '@credbroker/core/errors'
import postgres from 'postgres'
import type { VendorIo } from '../../provider.ts'
import type { Root } from './root.ts'
import { openSocket } from './socket.ts'
import { Wire } from './wire.ts'

/** The server ends by itself what we left open, so that nothing can be committed long after a lost connection. */
export const SERVER_SIDE_SECONDS = { statement: 15, lock: 5, idleInTransaction: 10 }

/**
 * One connection of the root to one database. It is never reopened: what ran on a connection that broke has an unknown
 * end, and the caller decides. It serves one call at a time, whose `io` it is bound to; see {@link bound}.
 */
export class Connection {
  readonly client: postgres.Sql
  #wire: Wire | undefined
  #io: VendorIo

  /** Dials when the first statement is sent. */
  constructor(root: Root, database: string, io: VendorIo) {
    this.#io = io
    this.client = postgres({
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
      ...({ socket: () => this.#dial(root) } as object),
    })
  }

  /** How the server let us in. */
  get login(): Wire['login'] {
    return this.#wire?.login ?? 'unknown'
  }

  /** Runs `work` and breaks the connection when the deadline of `io` is over before it returns. */
  async bound<T>(io: VendorIo, work: () => Promise<T>): Promise<T> {
    io.signal.throwIfAborted()
    this.#io = io
    const stop = () => this.#break()
    io.signal.addEventListener('abort', stop, { once: true })
    try {
      return await work()
    } finally {
      io.signal.removeEventListener('abort', stop)
    }
  }

  async close(): Promise<void> {
    await this.client.end({ timeout: 1 }).catch(() => {})
  }

  async #dial(root: Root): Promise<Wire> {
    if (this.#wire)
      throw new BrokerError('vendor_unavailable', { detail: 'The connection to the server broke' })
    this.#wire = new Wire(await openSocket(root, this.#io))
    return this.#wire
  }

  #break(): void {
    this.#wire?.destroy()
    void this.client.end({ timeout: 0 }).catch(() => {})
  }
}
