import postgres from 'postgres'
import type { DatabaseTarget } from './database-url.ts'
import { watchedSocket } from './watched-socket.ts'

export interface ConnectOptions {
  /** Connections at most. Default 10. */
  readonly max?: number
  /** What the server shows of us in `pg_stat_activity`. Default `credbroker`. */
  readonly applicationName?: string
  /** The server ends a statement after this. Default 15; 0, for migrations and locks, lets it run. */
  readonly statementTimeoutSeconds?: number
  /** How long beyond the statement timeout a server may be silent before its connection is given up. Default 10. */
  readonly silenceGraceSeconds?: number
  /** Called whenever a connection is gone. */
  readonly onClose?: () => void
}

const idleSeconds = 15

/**
 * A postgres.js client with what the broker relies on set for each connection: durable commits, whatever the
 * operator's URL, role or database says; sessions in UTC; no notices on the console; no settings from `PG…`
 * variables. Send times as ISO 8601 strings: a `Date` drops microseconds, and where drizzle was given the client it
 * has replaced the serialiser (drizzle-orm#5789).
 *
 * Nothing is connected until the first query, and lost connections are made again by the next one.
 * Map its errors with `driver-errors.ts`: they carry bound parameters.
 */
export function connect(target: DatabaseTarget, options: ConnectOptions = {}): postgres.Sql {
  const { max = 10, statementTimeoutSeconds = 15, silenceGraceSeconds = 10 } = options
  const watched = statementTimeoutSeconds > 0
  const settings = {
    host: target.hosts.map(({ host }) => host),
    port: target.hosts.map(({ port }) => port),
    path: undefined,
    database: target.database,
    user: target.user,
    // A function, so that printing the client prints no password.
    pass: () => target.password.expose(),
    ssl: target.tls,
    sslnegotiation: null,
    max,
    connect_timeout: target.connectTimeoutSeconds,
    idle_timeout: watched ? Math.min(idleSeconds, statementTimeoutSeconds) : null,
    max_lifetime: watched ? 1800 : null,
    max_pipeline: 100,
    keep_alive: 10,
    // The driver's own waits up to 20 s, in which requests would hang instead of failing.
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 0.5),
    prepare: true,
    debug: false,
    fetch_types: true,
    target_session_attrs: target.hosts.length > 1 ? 'read-write' : undefined,
    onnotice: () => {},
    onclose: () => options.onClose?.(),
    socket: nextSocket(target, watched ? statementTimeoutSeconds + silenceGraceSeconds : 0),
    types: { time },
    connection: {
      ...(target.options === undefined ? {} : { options: target.options }),
      application_name: options.applicationName ?? 'credbroker',
      synchronous_commit: 'on',
      jit: 'off',
      // Every statement is prepared and finds its rows by index. A plan made while a table was empty would scan it for
      // as long as the connection lives, also in the checks of foreign keys.
      plan_cache_mode: 'force_generic_plan',
      enable_seqscan: 'off',
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      client_min_messages: 'warning',
      default_transaction_isolation: 'read committed',
      idle_in_transaction_session_timeout: 30_000,
      ...(watched ? { statement_timeout: statementTimeoutSeconds * 1000 } : {}),
    },
  }
  return postgres(settings as unknown as postgres.Options<Record<string, never>>)
}

/** As the driver does it, except that a string reaches the server as it is, to the microsecond. */
const time = {
  to: 1184,
  from: [1184, 1114, 1082],
  serialize: (value: string | Date): string => (typeof value === 'string' ? value : value.toISOString()),
  parse: (value: string): Date => new Date(value),
}

/** Hosts are tried in turn. A listening connection may be silent for ever; TCP keep-alive looks after it. */
function nextSocket(target: DatabaseTarget, silenceSeconds: number) {
  let turn = 0
  return (client: { onnotify?: unknown }) => {
    const place = target.hosts[turn++ % target.hosts.length] ?? { host: 'localhost', port: 5432 }
    const where = place.host.startsWith('/') ? { path: `${place.host}/.s.PGSQL.${place.port}` } : place
    return watchedSocket(where, client.onnotify || silenceSeconds === 0 ? 0 : silenceSeconds)
  }
}
