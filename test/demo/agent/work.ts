import { readFileSync } from 'node:fs'
import { type Login, loginOf, loginOfPgpass, using } from './database.ts'
import { codeOf, tell } from './say.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The login this machine is set up with: libpq's settings where there are any, otherwise the project's `.env`. */
export function ownLogin(env: Env): Login | undefined {
  const { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSFILE: file } = env
  if (host && user && file) {
    const lines = readFileSync(file, 'utf8').split('\n').map(loginOfPgpass)
    return lines.find((one) => one?.host === host && one.port === Number(port) && one.user === user)
  }
  return loginOf(/^DATABASE_URL=(.*)$/m.exec(readFileSync('.env', 'utf8'))?.[1] ?? '')
}

/** What the agent was asked to do: the checkout test of staging needs an order to look at. */
export async function work(login: Login | undefined): Promise<void> {
  if (!login) return tell('work', 'absent', 'none', 'no login for staging')
  try {
    const count = await using(login, async (sql) => {
      const [row] = await sql`SELECT count(*)::int AS count FROM orders`
      const [order] = await sql`INSERT INTO orders (customer, total) VALUES ('checkout test', 1) RETURNING id`
      await sql`UPDATE orders SET total = 42 WHERE id = ${order?.['id']}`
      return row?.['count']
    })
    tell('work', 'reached', 'ok', `read ${count} orders, added one and changed it, as ${login.user}`)
  } catch (error) {
    tell('work', 'refused', codeOf(error), `credential mismatch for ${login.user}`)
  }
}
