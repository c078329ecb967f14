import type { AuditEventFields, AuditRecord } from '@credbroker/core/audit/event'
import { BrokerError } from '@credbroker/core/errors'
import type { ConfigTable } from '../../domain/config.ts'
import { keyOf } from '../../domain/config.ts'
import type { RowChange } from '../../domain/config-diff.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { ConfigWriter, SecretWrite } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { ApproveRows } from '../approvals/approve-rows.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import { configAs, requireRoleNow } from '../identity/require-role-now.ts'
import { stepUp } from '../people/step-up.ts'
import { type TryRetireDeps, tryRetire } from '../roots/try-retire.ts'
import type { EndGroundless } from '../tasks/end-groundless.ts'
import type { endWork } from '../tasks/end-work.ts'
import type { ConfigOrder, PrepareDeps } from './config-order.ts'
import type { LiveConfig } from './live-config.ts'
import { type Prepared, prepareConfig } from './prepare-config.ts'
import { putRow } from './row-writes.ts'

export interface ApplyDeps extends PrepareDeps, TryRetireDeps {
  readonly config: LiveConfig
  readonly store: ConfigWriter
  readonly macs: Macs
  readonly end: ReturnType<typeof endWork>
  readonly endGroundless: EndGroundless
  readonly record: Recorder
  readonly approve: ApproveRows
}

export interface Planned extends Prepared {
  readonly version: number
}

/** What applying would change; changes nothing. */
export const planConfig =
  (deps: ApplyDeps) =>
  async (caller: Caller, order: ConfigOrder): Promise<Planned> => {
    const { snapshot } = await configAs(deps.config, caller, 'operator')
    return { version: snapshot.version, ...(await prepareConfig(deps, caller, snapshot, order)) }
  }

/**
 * Makes the stored configuration what the files say: all of it or nothing. Work that no longer stands on it is ended.
 * @throws ApprovalPending as {@link writeChanges}
 * @throws BrokerError as {@link prepareConfig}; `forbidden` where users change and the caller is no admin; `conflict` where it changed since the plan; `config_invalid` for a root without its credential
 */
export const applyConfig =
  (deps: ApplyDeps) =>
  async (
    caller: Caller,
    order: ConfigOrder,
    {
      expectedVersion,
      approval,
    }: { readonly expectedVersion?: number | undefined; readonly approval?: string | undefined } = {},
  ): Promise<Planned> => {
    const config = await configAs(deps.config, caller, 'operator')
    stepUp(caller)
    const { snapshot } = config
    if (expectedVersion !== undefined && expectedVersion !== snapshot.version) {
      throw new BrokerError('conflict', { detail: 'The configuration changed since the plan; plan again' })
    }
    const prepared = await prepareConfig(deps, caller, snapshot, order)
    // Whoever may change who may what may do everything.
    if (prepared.changes.some(({ table }) => table === 'users')) requireRoleNow(config, caller, 'admin')
    if (prepared.needsSecret.length > 0) {
      const problems = prepared.needsSecret.map((name) => ({
        at: `roots.${name}.secret`,
        message: 'its credential was not sent',
      }))
      throw new BrokerError('config_invalid', { problems })
    }
    if (prepared.changes.length > 0) await writeChanges(deps, caller, snapshot, prepared, approval)
    return { version: snapshot.version, ...prepared }
  }

interface Changes {
  readonly changes: readonly RowChange[]
  readonly secrets?: readonly SecretWrite[]
  /** Besides those about the changes. */
  readonly events?: readonly AuditRecord[]
}

/**
 * All of it or nothing, and then the end of what it does not carry any more. `given`: the approval that the request named.
 * @throws ApprovalPending where it widens what a protected environment allows (I4c)
 * @throws BrokerError `conflict`, `approval_invalid`, `approval_denied`
 */
export async function writeChanges(
  deps: ApplyDeps,
  caller: Caller,
  snapshot: ConfigSnapshot,
  { changes, secrets = [], events = [] }: Changes,
  given: string | undefined,
): Promise<void> {
  const approval = await deps.approve(caller, snapshot, changes, given)
  await deps.store.write({
    expectedVersion: snapshot.version,
    approval,
    rows: changes.map((change) =>
      change.after
        ? putRow(deps.macs, change.table, change.after as never)
        : ({ table: change.table, remove: change.before } as never),
    ),
    secrets,
    events: [...changeEvents(deps.record, caller, changes), ...(approval ? [approval.event] : []), ...events],
  })
  await deps.config.refresh()
  await deps.endGroundless(caller)
  for (const { root, former } of secrets) if (former === 'alive') await tryRetire(deps, root)
}

const EVENT: Partial<Record<ConfigTable, AuditEventFields['type']>> = {
  users: 'user.changed',
  teams: 'team.changed',
  environments: 'environment.changed',
  anchors: 'anchor.changed',
  issuers: 'issuer.changed',
  agents: 'agent.changed',
  roots: 'root.changed',
  scopes: 'scope.changed',
  policies: 'policy.changed',
}

/** One event per object, besides one for the whole. */
export function changeEvents(record: Recorder, caller: Caller, changes: readonly RowChange[]) {
  const common = {
    phase: 'event' as const,
    result: 'ok' as const,
    actor: actorOf(caller),
    request: caller.requestId,
  }
  return [
    record({ ...common, type: 'config.applied', facts: { count: changes.length } }),
    ...changes.flatMap((change) => {
      const type = EVENT[change.table]
      const row = (change.after ?? change.before) as never
      const facts = {
        name: keyOf(change.table, row),
        change: change.after ? (change.before ? 'update' : 'create') : 'remove',
      }
      return type ? [record({ ...common, type, facts })] : []
    }),
  ]
}
