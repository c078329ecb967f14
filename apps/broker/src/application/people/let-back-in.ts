import { BrokerError } from '@credbroker/core/errors'
import { hadApprover } from '../../domain/approver-exists.ts'
import type { User } from '../../domain/config.ts'
import type { Config } from '../config/live-config.ts'
import { putRow } from '../config/row-writes.ts'
import { liveUser } from '../identity/authenticate.ts'
import { type Invitation, type InviteDeps, inviteAs } from '../identity/invite.ts'
import { holders } from './remove-passkey.ts'

/** Who invited whoever came back in this way. */
export const OFFLINE = 'broker:offline'
const ACTOR = { kind: 'system', id: 'offline' } as const

/**
 * A one-time setup link for an administrator or approver who lost their passkeys, made by whoever holds the broker's key and its
 * database. It gives a passkey and no role, except where nobody is left who has the role to approve: then it goes to this
 * administrator, so that configuration never has to be free again (I4c).
 * @throws BrokerError `not_found`, `forbidden`, `tampered`, `conflict`
 */
export async function letBackIn(deps: Omit<InviteDeps, 'approve'>, name: string): Promise<Invitation> {
  const config = await deps.config.refresh()
  if (!config.snapshot.user(name)) throw new BrokerError('not_found', { detail: 'There is no such user' })
  const user = liveUser(config, name)
  if (!user.roles.includes('admin') && !user.roles.includes('approver'))
    throw new BrokerError('forbidden', {
      detail: 'Only an admin or an approver comes back in this way; an admin invites everybody else',
    })
  if (hadApprover(config.snapshot) && holders(config, 'approver').length === 0)
    await makeApprover(deps, config, user)
  return await inviteAs(deps, `user:${name}`, ACTOR, OFFLINE)
}

async function makeApprover(
  { store, macs, record }: Pick<InviteDeps, 'store' | 'macs' | 'record'>,
  { snapshot }: Config,
  user: User,
): Promise<void> {
  const event = record({
    type: 'user.changed',
    phase: 'event',
    result: 'ok',
    actor: ACTOR,
    reason: 'nobody was left who could approve',
    facts: { name: user.name, change: 'approver' },
  })
  const rows = [putRow(macs, 'users', { ...user, roles: [...user.roles, 'approver'] })]
  await store.write({ expectedVersion: snapshot.version, rows, events: [event] })
}
