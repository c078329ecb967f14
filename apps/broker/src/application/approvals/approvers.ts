import { BrokerError } from '@credbroker/core/errors'
import { hadApprover } from '../../domain/approver-exists.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { PasskeyStore } from '../../ports/people.ts'
import { holders } from '../people/remove-passkey.ts'
import { isIntact } from '../people/sealed-row.ts'

interface Deps {
  readonly passkeys: Pick<PasskeyStore, 'list'>
  readonly macs: Macs
}

/** Enabled users with the role and a passkey, with the ids of their passkeys: who could approve now. */
export async function approversOf(
  { passkeys, macs }: Deps,
  snapshot: ConfigSnapshot,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const able = new Set(holders({ snapshot }, 'approver'))
  const found = new Map<string, Set<string>>()
  for (const row of await passkeys.list()) {
    const { user, id } = row.body
    if (!able.has(user) || !isIntact(macs, 'passkeys', row)) continue
    found.set(user, (found.get(user) ?? new Set()).add(id))
  }
  return found
}

/**
 * Whether configuration is free, because nobody could ever approve. Whoever changed or removed by hand the rows of those who could has
 * not made it so (I13). @throws BrokerError `tampered`; `protected_without_approver` where nobody can any more
 */
export async function nobodyYet(
  { passkeys, macs }: Deps,
  snapshot: ConfigSnapshot,
  approvers: ReadonlyMap<string, unknown>,
): Promise<boolean> {
  if (approvers.size > 0) return false
  const users = new Set(snapshot.tampered().flatMap(({ table, key }) => (table === 'users' ? [key] : [])))
  const rows = await passkeys.list()
  if (rows.some((row) => !isIntact(macs, 'passkeys', row) || users.has(row.body.user)))
    throw new BrokerError('tampered', {
      detail: 'Whoever could approve, or their passkey, was changed in the database',
    })
  if (hadApprover(snapshot)) throw new BrokerError('protected_without_approver', { detail: NOBODY_LEFT })
  return true
}

const NOBODY_LEFT =
  'Whoever could approve this has no passkey any more, or the configuration was put back. A recovery code brings them back, or whoever runs the broker does, on its machine: `broker user invite NAME --offline`'
