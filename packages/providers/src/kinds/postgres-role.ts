import { z } from 'zod'
import { defineProvider } from '../provider.ts'
import { anchorForm } from './postgres-role/anchor.ts'
import { assess } from './postgres-role/assess.ts'
import { SERVER_SIDE_SECONDS } from './postgres-role/connection.ts'
import { inspect } from './postgres-role/inspect.ts'
import { mint } from './postgres-role/mint.ts'
import { revoke } from './postgres-role/revoke.ts'
import { root } from './postgres-role/root.ts'
import { rotation } from './postgres-role/rotate.ts'
import { withSession } from './postgres-role/session.ts'
import { spec } from './postgres-role/spec.ts'

/**
 * A role for each lease in one PostgreSQL database (15 or later), with a password that the server's log never sees, dropped with all it
 * holds when the lease ends. What it may do is asked of the server itself. docs/providers/postgres-role.md
 */
export default defineProvider({
  kind: 'postgres-role',
  title: 'PostgreSQL: a role for each lease',
  vendor: 'postgres',
  form: 'postgres',
  anchor: anchorForm,
  root,
  spec,
  handle: z.null(),
  limits: {
    minTtlSeconds: 0,
    maxTtlSeconds: 8 * 3600,
    // A statement that was under way, the pause in which the server waits for the next one, and the way there.
    settleSeconds: SERVER_SIDE_SECONDS.statement + SERVER_SIDE_SECONDS.idleInTransaction + 5,
    findable: true,
  },
  inspect,
  assess,
  mint,
  revocation: { revoke },
  sweep: {
    find: (from, prefix, io) =>
      withSession(from, from.database, io, async ({ sql }) => {
        // Not LIKE: `_` is a wildcard there, and every name of ours has one.
        const rows = await sql.run(
          'SELECT rolname FROM pg_roles WHERE starts_with(rolname::text, $1) ORDER BY 1',
          [prefix],
        )
        return rows.map((row) => String(row['rolname']))
      }),
  },
  rotation,
})
