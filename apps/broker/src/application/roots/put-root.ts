import { BrokerError } from '@credbroker/core/errors'
import type { Recovery } from '../../domain/config.ts'
import type { RowChange } from '../../domain/config-diff.ts'
import { rootOf } from '../../domain/declared.ts'
import { type ApplyDeps, writeChanges } from '../config/apply-config.ts'
import { changedRows } from '../config/changed-rows.ts'
import { type PutOptions, refuseFiles } from '../config/put-object.ts'
import { requireRevision } from '../config/require-revision.ts'
import { storedWith } from '../config/whole-order.ts'
import type { Caller } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { stepUp } from '../people/step-up.ts'
import { prepareRoots } from './prepare-roots.ts'

/** What people say of a root. What its credential is and reaches is the vendor's word. */
export interface RootRecord {
  readonly owner: string
  readonly service: string | undefined
  readonly onCall: string | undefined
  readonly recovery: Recovery
}

/**
 * Replaces what is said about a root that files do not own, and enables it again where it was disabled. Its credential stays.
 * @throws ApprovalPending as {@link writeChanges}
 * @throws BrokerError `not_found`, `tampered`, `conflict` where files own it or it changed meanwhile, `config_invalid`, `reach_refused`
 */
export const putRoot =
  (deps: ApplyDeps) =>
  async (
    caller: Caller,
    { name, record }: { readonly name: string; readonly record: RootRecord },
    { expectedRevision, approval }: PutOptions = {},
  ): Promise<void> => {
    const { snapshot } = await configAs(deps.config, caller, 'admin')
    stepUp(caller)
    requireRevision(snapshot, 'roots', name, expectedRevision)
    refuseFiles(snapshot, 'roots', name)
    // Its reach and version are what the broker found out: a row that says otherwise cannot be repaired by talking about it.
    const stored = snapshot.root(name)
    if (!stored) throw new BrokerError('not_found')
    const owner = snapshot.user(record.owner)
    if (!owner || owner.disabled)
      throw new BrokerError('config_invalid', {
        problems: [{ at: 'owner', message: 'there is no such user, or they are disabled (I11)' }],
      })
    const { service, onCall, ...said } = record
    const declared = rootOf({ ...stored, ...said, service: service ?? null, onCall: onCall ?? null })
    const whole = storedWith(snapshot)
    const order = { ...whole, config: { ...whole.config, roots: { [name]: declared } } }
    const { rows, uses } = await prepareRoots(deps, caller, snapshot, order, snapshot.anchors())
    const changes: RowChange[] = [
      ...changedRows(snapshot, 'roots', rows),
      ...changedRows(snapshot, 'root_environments', uses),
    ]
    if (changes.length > 0) await writeChanges(deps, caller, snapshot, { changes }, approval)
  }
