import type { AuditRecord } from '@credbroker/core/audit/event'
import { LIMITS } from '@credbroker/core/limits'
import type { JSONValue, Sql, TransactionSql } from 'postgres'
import type {
  Passkey,
  PasskeyGround,
  PasskeyStore,
  RecoveryCodeStore,
  Sealed,
  SsoLink,
  SsoLinkStore,
} from '../../ports/people.ts'
import { appendAudit } from './append-audit.ts'
import { isAt, putManifest } from './config-store.ts'
import { guardedStore } from './guarded-store.ts'
import { insertSession } from './sessions.ts'

export const json = (sql: Sql | TransactionSql, body: object) => sql.json(body as unknown as JSONValue)

export const passkeyStore = (sql: Sql): PasskeyStore =>
  guardedStore<PasskeyStore>({
    byCredential: async (credential) =>
      (await sql<Sealed<Passkey>[]>`SELECT body, mac FROM passkeys WHERE credential = ${credential}`)[0],

    list: async (user) => [
      ...(await sql<(Sealed<Passkey> & { usedAt: Date | null })[]>`
        SELECT body, mac, used_at AS "usedAt" FROM passkeys
        ${user === undefined ? sql`` : sql`WHERE user_name = ${user}`} ORDER BY id`),
    ],

    add: (passkey, event, ground) => sql.begin((tx) => insertPasskey(tx, passkey, [event], ground)),

    touch: async (before, after) => {
      const { count } = await sql`
        UPDATE passkeys SET body = ${json(sql, after.body)}, mac = ${after.mac}, used_at = clock_timestamp()
        WHERE id = ${before.body.id} AND mac = ${before.mac}`
      return count === 1
    },

    // One removal at a time: two that look at each other's passkey would both go.
    remove: (id, groups, event) =>
      sql.begin(async (tx) => {
        await tx`SELECT pg_advisory_xact_lock(hashtextextended('passkeys:remove', 0))`
        const left = await tx<{ user: string }[]>`SELECT user_name AS user FROM passkeys WHERE id <> ${id}`
        const stays = new Set(left.map(({ user }) => user))
        if (groups.some((users) => !users.some((user) => stays.has(user)))) return 'last' as const
        const { count } = await tx`DELETE FROM passkeys WHERE id = ${id}`
        if (count === 0) return 'absent' as const
        await appendAudit(tx, [event])
        return 'removed' as const
      }),
  })

export async function insertPasskey(
  tx: TransactionSql,
  { body, mac }: Sealed<Passkey>,
  events: readonly AuditRecord[],
  ground: PasskeyGround | undefined,
): Promise<'added' | 'full' | 'stale'> {
  // Before the row of the user, as every write of the configuration does.
  if (ground && !(await isAt(tx, ground.version))) return 'stale'
  // The row of the user is what two registrations at once wait for.
  await tx`SELECT FROM users WHERE name = ${body.user} FOR UPDATE`
  const [has] = await tx<{ count: number }[]>`
    SELECT count(*)::int AS count FROM passkeys WHERE user_name = ${body.user}`
  if ((has?.count ?? 0) >= LIMITS.passkeysPerUser) return 'full'
  await tx`INSERT INTO passkeys (body, mac) VALUES (${json(tx, body)}, ${mac})`
  if (ground?.manifest) await putManifest(tx, ground.manifest)
  await appendAudit(tx, events)
  return 'added'
}

export const recoveryCodeStore = (sql: Sql): RecoveryCodeStore =>
  guardedStore<RecoveryCodeStore>({
    count: async (user) => {
      const [row] = await sql<{ count: number }[]>`
        SELECT count(*)::int AS count FROM recovery_codes WHERE user_name = ${user}`
      return row?.count ?? 0
    },

    replace: async (user, codes, event) => {
      await sql.begin(async (tx) => {
        await replaceCodes(tx, user, codes)
        await appendAudit(tx, [event])
      })
    },

    find: async (digest) =>
      (
        await sql<Awaited<ReturnType<RecoveryCodeStore['find']>>[]>`
          SELECT body, mac FROM recovery_codes WHERE digest = ${digest}`
      )[0],

    take: (digest, session, events) =>
      sql.begin(async (tx) => {
        const { count } = await tx`DELETE FROM recovery_codes WHERE digest = ${digest}`
        if (count === 0) return false
        await insertSession(tx, session)
        await appendAudit(tx, events)
        return true
      }),
  })

export async function replaceCodes(
  tx: TransactionSql,
  user: string,
  codes: Parameters<RecoveryCodeStore['replace']>[1],
): Promise<void> {
  // Two at once would leave twenty.
  await tx`SELECT FROM users WHERE name = ${user} FOR UPDATE`
  await tx`DELETE FROM recovery_codes WHERE user_name = ${user}`
  for (const { body, mac } of codes)
    await tx`INSERT INTO recovery_codes (body, mac) VALUES (${json(tx, body)}, ${mac})`
}

export const ssoLinkStore = (sql: Sql): SsoLinkStore =>
  guardedStore<SsoLinkStore>({
    find: async (issuer, subject) =>
      (
        await sql<Sealed<SsoLink>[]>`
          SELECT body, mac FROM sso_links WHERE issuer = ${issuer} AND subject = ${subject}`
      )[0],
    add: async ({ body, mac }) => {
      await sql`INSERT INTO sso_links (body, mac) VALUES (${json(sql, body)}, ${mac})
        ON CONFLICT (issuer, subject) DO NOTHING`
    },
  })
