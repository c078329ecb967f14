import type { Log } from '../../ports/log.ts'
import { notifyApprovals } from '../approvals/notify-approvals.ts'
import { moveAudit } from '../audit/move-audit.ts'
import type { CheckpointPublisher } from '../audit/publish-checkpoints.ts'
import type { CheckpointSigner } from '../audit/sign-checkpoint.ts'
import { revokeLeases } from '../leases/revoke-leases.ts'
import { sweepLeases } from '../leases/sweep.ts'
import { sweepOrphans } from '../leases/sweep-orphans.ts'
import { retireRoots } from '../roots/retire-roots.ts'
import { watchGround } from '../tasks/end-groundless.ts'
import type { UseCases } from '../use-cases.ts'
import type { Chore } from './background.ts'

export interface ChoreDeps {
  readonly cases: UseCases
  readonly measureClock: () => Promise<void>
  readonly signer: CheckpointSigner
  readonly publisher: CheckpointPublisher
  readonly log: Log
}

const TASKS_AT_ONCE = 100

/** What every replica does all the time; each piece of work is taken by one of them. */
export function brokerChores({ cases, measureClock, signer, publisher, log }: ChoreDeps): Chore[] {
  const { parts, world } = cases
  const { stores } = world
  const orphans = {
    ...parts,
    leases: stores.leases,
    intents: stores.intents,
    waits: new Map<string, number>(),
    providers: world.providers,
    clock: world.clock,
    log,
  }
  const revoke = revokeLeases(parts.revoking)
  const revoking = new Set<Promise<unknown>>()
  return [
    {
      name: 'end-due-tasks',
      everyMs: 1000,
      run: async (signal) => {
        // However many are due at once: their leases must not wait for the next second.
        for (let ended = TASKS_AT_ONCE; ended === TASKS_AT_ONCE && !signal.aborted; ) {
          const by = { kind: 'system', id: 'sweeper' } as const
          const { tasks, leases } = await parts.endOnly({ due: TASKS_AT_ONCE }, 'expired', by)
          // A vendor that hangs must not keep the tasks that are due next alive.
          const work = revoke(leases)
            .catch((err: unknown) => log.warn({ err }, 'leases of ended tasks are left to the sweeper'))
            .finally(() => revoking.delete(work))
          revoking.add(work)
          ended = tasks.length
        }
      },
      stop: () => Promise.all(revoking),
    },
    { name: 'end-approvals', everyMs: 1000, run: cases.approvals.endDue },
    ...notifying(cases, log),
    { name: 'look-at-leaks', everyMs: 1000, run: cases.lookAtLeaks },
    { name: 'sweep-break-glass', everyMs: 1000, run: cases.sweepBreakGlass },
    { name: 'retire-roots', everyMs: 2000, run: () => retireRoots(parts.retiring) },
    {
      name: 'end-groundless',
      everyMs: 10_000,
      run: watchGround(parts.config, parts.endGroundless),
    },
    { name: 'sweep-leases', everyMs: 1000, run: (signal) => sweepLeases(parts.revoking, signal) },
    { name: 'sweep-orphans', everyMs: 60_000, run: (signal) => sweepOrphans(orphans, signal) },
    { name: 'move-audit', everyMs: 250, run: (signal) => moveAudit(stores.mover, { signal }) },
    {
      name: 'sign-checkpoint',
      everyMs: 2000,
      run: async () => {
        const signed = await signer.sign()
        if (signed.state === 'inconsistent') await freezeForTampering(cases, signed.why, log)
        await publisher.flush()
      },
    },
    { name: 'count-tasks', everyMs: 30_000, run: () => parts.crowded.count(stores.tasks) },
    { name: 'purge', everyMs: 30_000, run: () => stores.expired.purge() },
    { name: 'measure-clock', everyMs: 30_000, run: measureClock },
  ]
}

/** Nothing where nobody is to be told. */
function notifying({ parts, world, approvals: { linkTo } }: UseCases, log: Log): Chore[] {
  const { keyring, clock, stores, notices: sender } = world
  if (!sender) return []
  const deps = { config: parts.config, macs: keyring.macs, queue: stores.notices, sender, clock, log, linkTo }
  return [{ name: 'notify-approvals', everyMs: 1000, run: notifyApprovals(deps) }]
}

/** I13: a database that no longer continues what was signed serves nobody until an operator says otherwise. */
export async function freezeForTampering(cases: UseCases, why: string, log: Log): Promise<void> {
  log.error({ why }, 'the database does not continue what was signed: everything is frozen')
  await cases.freezeAll(`audit log: ${why}`)
}
