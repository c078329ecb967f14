import { BrokerError } from '@credbroker/core/errors'
import type { Freeze } from '../domain/config.ts'
import { trustedControls } from '../domain/trusted-controls.ts'
import type { Clock } from '../ports/clock.ts'
import type { ConfigStore } from '../ports/config-store.ts'
import type { Macs } from '../ports/keyring.ts'
import type { EndSelector } from '../ports/task-store.ts'
import { actorOf, type Caller, requireRole } from './caller.ts'
import type { EndedBy, endWork } from './end-work.ts'
import type { LiveConfig } from './live-config.ts'
import type { Recorder } from './recorder.ts'
import { putRow } from './row-writes.ts'

export interface FreezeDeps {
  readonly config: LiveConfig
  readonly store: ConfigStore
  readonly macs: Macs
  readonly end: ReturnType<typeof endWork>
  readonly record: Recorder
  readonly clock: Clock
}

export type FreezeTarget =
  | { readonly all: true }
  | { readonly environment: string }
  | { readonly agent: string }

const ATTEMPTS = 5

/**
 * Stops everything under the target: nothing new is granted, minted or called from the commit on, and what lives is
 * ended. Revocations go on. @throws BrokerError `forbidden`, `not_found`
 */
export const freeze =
  (deps: FreezeDeps) =>
  async (caller: Caller, target: FreezeTarget, reason: string | null): Promise<readonly Freeze[]> => {
    requireRole(caller, 'operator')
    return await set(deps, caller, target, reason)
  }

/** The broker freezes itself when its database cannot be trusted (I13). */
export const freezeAll =
  (deps: FreezeDeps) =>
  (reason: string): Promise<readonly Freeze[]> =>
    set(deps, { kind: 'system', id: 'broker' }, { all: true }, reason)

async function set(
  deps: FreezeDeps,
  by: EndedBy,
  target: FreezeTarget,
  reason: string | null,
): Promise<readonly Freeze[]> {
  const name = targetName(target)
  const freezes = await change(deps, by, target, (held) => {
    if (held.some((one) => one.target === name)) return held
    const who = by.kind === 'system' ? by.id : by.name
    return [...held, { target: name, by: who, at: deps.clock.now().toISOString(), reason }]
  })
  await deps.end(target satisfies EndSelector, 'frozen', by)
  return freezes
}

/** Lifts a freeze. What it ended stays ended. @throws BrokerError `forbidden`, `not_found` */
export const unfreeze =
  (deps: FreezeDeps) =>
  async (caller: Caller, target: FreezeTarget): Promise<readonly Freeze[]> => {
    requireRole(caller, 'admin')
    const name = targetName(target)
    return await change(deps, caller, target, (held) => held.filter((one) => one.target !== name))
  }

const targetName = (target: FreezeTarget): string =>
  'all' in target ? 'all' : 'agent' in target ? `agent:${target.agent}` : `environment:${target.environment}`

async function change(
  { config, store, macs, record, clock }: FreezeDeps,
  by: EndedBy,
  target: FreezeTarget,
  edit: (held: readonly Freeze[]) => readonly Freeze[],
): Promise<readonly Freeze[]> {
  for (let attempt = 1; ; attempt++) {
    const { snapshot } = await config.refresh()
    const known =
      'all' in target ||
      ('agent' in target ? snapshot.agent(target.agent) : snapshot.environment(target.environment))
    if (!known) throw new BrokerError('not_found')
    const controls = trustedControls(snapshot, clock.now())
    const freezes = edit(controls.freezes)
    if (freezes === snapshot.stored('controls', 'controls')?.row.freezes) return freezes
    const event = record({
      type: freezes.some((one) => one.target === targetName(target)) ? 'freeze.set' : 'freeze.lifted',
      phase: 'event',
      result: 'ok',
      actor: by.kind === 'system' ? by : actorOf(by),
      ...(by.kind !== 'system' && { request: by.requestId }),
      facts: { name: targetName(target) },
    })
    const rows = [putRow(macs, 'controls', { ...controls, freezes })]
    try {
      await store.write({ expectedVersion: snapshot.version, rows, events: [event] })
      await config.refresh()
      return freezes
    } catch (error) {
      if (!(error instanceof BrokerError && error.code === 'conflict') || attempt === ATTEMPTS) throw error
    }
  }
}
