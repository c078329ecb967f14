import { BrokerError } from '@credbroker/core/errors'
import type { Agent, Environment, Issuer, Root, Scope, Team, User } from '../../domain/config.ts'
import type { RowChange } from '../../domain/config-diff.ts'
import { anAdminRemains } from '../../domain/config-rules.ts'
import type { Caller } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { type ApplyDeps, writeChanges } from './apply-config.ts'

export type Disableable = 'environments' | 'scopes' | 'issuers' | 'agents' | 'teams' | 'users' | 'roots'

/** Disables one object and ends the work under it. Enabling is for whoever declares it. @throws BrokerError `not_found` */
export const disable =
  (deps: ApplyDeps) =>
  async (caller: Caller, table: Disableable, name: string, approval?: string): Promise<void> => {
    const role = table === 'users' ? 'admin' : 'operator'
    const { snapshot } = await configAs(deps.config, caller, role)
    const row = snapshot.find(table, name) as
      | Environment
      | Scope
      | Issuer
      | Agent
      | Team
      | User
      | Root
      | undefined
    if (!row) throw new BrokerError('not_found')
    if (table === 'users' && caller.name === name) {
      throw new BrokerError('forbidden', { detail: 'Nobody disables themselves' })
    }
    if (row.disabled) return
    const others = snapshot.rows.users.flatMap(({ row: user, intact }) =>
      intact && user.name !== name ? [user] : [],
    )
    if (table === 'users' && !anAdminRemains(others))
      throw new BrokerError('conflict', { detail: 'Nobody would be an admin any more' })
    const disabled = { ...row, disabled: true }
    // The table and its row belong together; the compiler cannot follow that through a name known only here.
    const changes = [{ table, before: row, after: disabled }] as unknown as RowChange[]
    await writeChanges(deps, caller, snapshot, { changes }, approval)
  }
