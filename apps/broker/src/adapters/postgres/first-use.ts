import type { TransactionSql } from 'postgres'

/** In `enrolments.used_by`, beside thumbprints of keys: the passkey that the token was used for. */
const PASSKEY = 'passkey:'

export const usedByPasskey = (passkey: string): string => PASSKEY + passkey

/**
 * Undoes what the first use of a one-time token made: the key, or the passkey with all that whoever held it could add
 * since. Answers the thumbprint of a key that went, so that its work can be ended.
 */
export async function undoFirstUse(
  tx: TransactionSql,
  { usedBy, usedAt, principal }: { usedBy: string; usedAt: Date; principal: string },
): Promise<string | undefined> {
  if (!usedBy.startsWith(PASSKEY)) {
    const { count } = await tx`DELETE FROM client_keys WHERE jkt = ${usedBy}`
    return count > 0 ? usedBy : undefined
  }
  const user = principal.slice(principal.indexOf(':') + 1)
  // As text: what somebody wrote there by hand may be no time.
  await tx`DELETE FROM passkeys WHERE id = ${usedBy.slice(PASSKEY.length)}
    OR (user_name = ${user} AND body ->> 'createdAt' COLLATE "C" >= ${usedAt.toISOString()})`
  await tx`DELETE FROM sessions WHERE user_name = ${user}`
  await tx`DELETE FROM recovery_codes WHERE user_name = ${user}`
  return undefined
}
