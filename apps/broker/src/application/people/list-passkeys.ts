import type { Passkey } from '../../ports/people.ts'
import { type Caller, hasRole, requireRole } from '../identity/caller.ts'
import type { PeopleDeps } from './people.ts'
import { isIntact } from './sealed-row.ts'

export interface ListedPasskey {
  readonly passkey: Passkey
  readonly intact: boolean
  readonly usedAt: Date | null
}

/** One's own passkeys, or for an admin everybody's. @throws BrokerError `forbidden` */
export const listPasskeys =
  ({ passkeys, macs }: PeopleDeps) =>
  async (caller: Caller, everybody: boolean): Promise<ListedPasskey[]> => {
    requireRole(caller, everybody ? 'admin' : 'viewer')
    const found = await passkeys.list(everybody && hasRole(caller, 'admin') ? undefined : caller.name)
    return found.map((row) => ({
      passkey: row.body,
      usedAt: row.usedAt,
      intact: isIntact(macs, 'passkeys', row),
    }))
  }
