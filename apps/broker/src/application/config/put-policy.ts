import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import { BrokerError } from '@credbroker/core/errors'
import { checkPolicies } from '@credbroker/policy/check'
import type { Policy } from '../../domain/config.ts'
import type { RowChange } from '../../domain/config-diff.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Caller } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { stepUp } from '../people/step-up.ts'
import { type ApplyDeps, writeChanges } from './apply-config.ts'
import type { PutOptions } from './put-object.ts'
import { requireRevision } from './require-revision.ts'

/**
 * Puts one policy that files do not own; `apply` leaves it alone until a file of its name comes.
 * @throws BrokerError `conflict` where files own it or it changed meanwhile, `config_invalid` where it does not hold together with the others
 */
export const putPolicy =
  (deps: ApplyDeps) =>
  async (
    caller: Caller,
    { name, text }: { readonly name: string; readonly text: string },
    { expectedRevision, approval }: PutOptions = {},
  ): Promise<void> => {
    const config = await configAs(deps.config, caller, 'operator')
    stepUp(caller)
    requireRevision(config.snapshot, 'policies', name, expectedRevision)
    const before = ownPolicy(config.snapshot, name)
    const after: Policy = { name, text, source: 'api' }
    const others = config.snapshot.rows.policies.flatMap(({ row, intact }) =>
      intact && row.name !== name ? [row] : [],
    )
    const { problems } = checkPolicies([...others, after], VOCABULARY)
    if (problems.length > 0) throw new BrokerError('config_invalid', { problems })
    if (before?.text === text && config.snapshot.stored('policies', name)?.intact) return
    const changes: RowChange[] = [{ table: 'policies', before, after }]
    await writeChanges(deps, caller, config.snapshot, { changes }, approval)
  }

/** Takes one out that files do not own. @throws BrokerError `not_found`, `conflict` where files own it */
export const removePolicy =
  (deps: ApplyDeps) =>
  async (caller: Caller, name: string, approval?: string): Promise<void> => {
    const config = await configAs(deps.config, caller, 'operator')
    stepUp(caller)
    const before = ownPolicy(config.snapshot, name)
    if (!before) throw new BrokerError('not_found')
    const changes: RowChange[] = [{ table: 'policies', before }]
    await writeChanges(deps, caller, config.snapshot, { changes }, approval)
  }

/**
 * As it is stored. One that was changed by hand or is gone says nothing about who owns it, and putting or removing it is how
 * people repair that (I13).
 */
function ownPolicy(snapshot: ConfigSnapshot, name: string): Policy | undefined {
  const found = snapshot.stored('policies', name)
  if (found?.intact && found.row.source === 'files')
    throw new BrokerError('conflict', { detail: 'Files own this policy: change it there, and apply' })
  if (found || !snapshot.tampered().some(({ table, key }) => table === 'policies' && key === name))
    return found?.row
  return { name, text: '', source: 'api' }
}
