import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { PasskeyStore } from '../../ports/people.ts'
import { holders } from '../people/remove-passkey.ts'
import { isIntact } from '../people/sealed-row.ts'

/** Enabled users with the role and a passkey, with the ids of their passkeys: who could approve now. */
export async function approversOf(
  { passkeys, macs }: { readonly passkeys: Pick<PasskeyStore, 'list'>; readonly macs: Macs },
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
