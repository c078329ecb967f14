import type { Role } from '@credbroker/core/config/document'
import { BrokerError } from '@credbroker/core/errors'
import type { Controls, Freeze } from '../../domain/config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { trustedControls } from '../../domain/trusted-controls.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ConfigWriter } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { EndSelector } from '../../ports/task-store.ts'
import type { ApproveRows } from '../approvals/approve-rows.ts'
import type { SpentApproval } from '../approvals/change-question.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type Caller, requireRole } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { stepUp } from '../people/step-up.ts'
import type { EndedBy, endWork } from '../tasks/end-work.ts'
import type { LiveConfig } from './live-config.ts'
import { putRow } from './row-writes.ts'

export interface FreezeDeps {
  readonly config: LiveConfig
  readonly store: ConfigWriter
  readonly macs: Macs
  readonly end: ReturnType<typeof endWork>
  readonly record: Recorder
  readonly clock: Clock
  readonly approve: ApproveRows
}

export type FreezeTarget =
  | { readonly all: true }
  | { readonly environment: string }
  | { readonly agent: string }

const ATTEMPTS = 5
/** One for each replica with a sink of its own, and some restores. */
const MOST_FORSAKEN = 32

/**
 * Stops everything under the target: nothing new is granted, minted or called from the commit on, and what lives is
 * ended. Revocations go on. @throws BrokerError `forbidden`, `not_found`
 */
export const freeze =
  (deps: FreezeDeps) =>
  async (caller: Caller, target: FreezeTarget, reason: string | null): Promise<readonly Freeze[]> => {
    return await set(deps, caller, target, reason)
  }

/**
 * The broker freezes itself when its database cannot be trusted (I13). Whoever lifts that lets go of the checkpoints up
 * to `mark`.
 */
export const freezeAll =
  (deps: FreezeDeps) =>
  (reason: string, mark?: string): Promise<readonly Freeze[]> =>
    set(deps, { kind: 'system', id: 'broker' }, { all: true }, reason, mark)

async function set(
  deps: FreezeDeps,
  by: EndedBy,
  target: FreezeTarget,
  reason: string | null,
  mark?: string,
): Promise<readonly Freeze[]> {
  const name = targetName(target)
  const who = by.kind === 'system' ? by.id : by.name
  const freezes = await change(deps, by, 'operator', target, (controls) => {
    const { freezes: held, forsaken = [] } = controls
    const isNew = mark !== undefined && !forsaken.includes(mark)
    if (held.some((one) => one.target === name) && !isNew) return controls
    const others = held.filter((one) => one.target !== name)
    const at = deps.clock.now().toISOString()
    return {
      ...controls,
      // A database that was put back may hold one that was ended.
      ...(by.kind === 'system' && { breakGlass: [] }),
      freezes: [...others, { target: name, by: who, at, reason }],
      ...(isNew && { forsaken: [...forsaken, mark].slice(-MOST_FORSAKEN) }),
    }
  })
  await deps.end(target satisfies EndSelector, 'frozen', by)
  return freezes
}

/**
 * Lifts a freeze. What it ended stays ended. @throws ApprovalPending over a protected environment (I4c)
 * @throws BrokerError `forbidden`, `not_found`, `approval_invalid`, `approval_denied`
 */
export const unfreeze =
  (deps: FreezeDeps) =>
  async (caller: Caller, target: FreezeTarget, given?: string): Promise<readonly Freeze[]> => {
    requireRole(caller, 'admin')
    stepUp(caller)
    const name = targetName(target)
    const lift = (controls: Controls) => ({
      ...controls,
      freezes: controls.freezes.filter((one) => one.target !== name),
    })
    return await change(deps, caller, 'admin', target, lift, (snapshot, after) => {
      const before = snapshot.stored('controls', 'controls')?.row
      return deps.approve(caller, snapshot, [{ table: 'controls', before, after }], given)
    })
  }

const targetName = (target: FreezeTarget): string =>
  'all' in target ? 'all' : 'agent' in target ? `agent:${target.agent}` : `environment:${target.environment}`

async function change(
  { config, store, macs, record, clock }: FreezeDeps,
  by: EndedBy,
  role: Role,
  target: FreezeTarget,
  edit: (held: Controls) => Controls,
  approve?: (snapshot: ConfigSnapshot, next: Controls) => Promise<SpentApproval | undefined>,
): Promise<readonly Freeze[]> {
  for (let attempt = 1; ; attempt++) {
    const { snapshot } = await (by.kind === 'system' ? config.refresh() : configAs(config, by, role))
    // Whether or not its row is intact: what was tampered with is the first thing to freeze.
    const known =
      'all' in target ||
      ('agent' in target
        ? snapshot.stored('agents', target.agent)
        : snapshot.stored('environments', target.environment))
    if (!known) throw new BrokerError('not_found')
    const controls = trustedControls(snapshot, clock.now())
    const next = edit(controls)
    const { freezes } = next
    if (next === snapshot.stored('controls', 'controls')?.row) return freezes
    const event = record({
      type: freezes.some((one) => one.target === targetName(target)) ? 'freeze.set' : 'freeze.lifted',
      phase: 'event',
      result: 'ok',
      actor: by.kind === 'system' ? by : actorOf(by),
      ...(by.kind !== 'system' && { request: by.requestId }),
      facts: { name: targetName(target) },
    })
    const rows = [putRow(macs, 'controls', next)]
    const approval = await approve?.(snapshot, next)
    const events = approval ? [event, approval.event] : [event]
    try {
      await store.write({ expectedVersion: snapshot.version, rows, events, approval })
      await config.refresh()
      return freezes
    } catch (error) {
      if (!(error instanceof BrokerError && error.code === 'conflict') || attempt === ATTEMPTS) throw error
    }
  }
}
