import postgres from 'postgres'

export interface Login {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
}

export const open = (login: Login): postgres.Sql =>
  postgres({ ...login, max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => {} })

export async function using<Result>(
  login: Login,
  run: (sql: postgres.Sql) => Promise<Result>,
): Promise<Result> {
  const sql = open(login)
  try {
    return await run(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** @returns undefined for a URL that is not one */
export function loginOf(url: string): Login | undefined {
  const parsed = URL.parse(url)
  if (!parsed) return undefined
  const { hostname: host, username: user, password, pathname, port } = parsed
  return {
    host,
    port: Number(port || 5432),
    database: pathname.slice(1),
    user,
    password: decodeURIComponent(password),
  }
}

/** One line of a libpq password file. */
export function loginOfPgpass(line: string): Login | undefined {
  const [host, port, database, user, password] = line
    .split(/(?<!\\):/)
    .map((part) => part.replace(/\\(.)/g, '$1'))
  if (!host || !port || !database || !user || !password) return undefined
  return { host, port: Number(port), database: database === '*' ? 'orders' : database, user, password }
}
