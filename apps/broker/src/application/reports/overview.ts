import type { Overview } from '@credbroker/core/wire/reports'
import type { AuditTree, CheckpointStore } from '../../ports/audit.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LeakedRoots } from '../../ports/leaks.ts'
import type { DenialCount, WorkCounter } from '../../ports/work-counts.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { rootsToLookAt } from './roots-to-look-at.ts'

interface OverviewDeps {
  readonly counter: WorkCounter
  readonly leakedRoots: Pick<LeakedRoots, 'inUse'>
  readonly config: Pick<LiveConfig, 'newest'>
  readonly tree: AuditTree
  readonly checkpoints: CheckpointStore
  readonly clock: Clock
}

/** A day's denials are many entries to read, and change little. */
const DENIALS_FOR_MS = 10_000

/** What goes on, in numbers; however many people ask at once, the database is asked once. */
export function overview(deps: OverviewDeps) {
  let asking: ReturnType<typeof look> | undefined
  let known: { readonly denials: DenialCount[]; readonly until: number } | undefined
  const denials = async () => {
    const now = deps.clock.now().getTime()
    if (!known || known.until <= now)
      known = { denials: await deps.counter.denials(), until: now + DENIALS_FOR_MS }
    return known.denials
  }
  return () => {
    asking ??= look(deps, denials).finally(() => {
      asking = undefined
    })
    return asking
  }
}

async function look(
  { counter, config, leakedRoots, tree, checkpoints, clock }: OverviewDeps,
  denials: () => Promise<DenialCount[]>,
) {
  const [counts, denied, { snapshot }, { size }, newest, leaked] = await Promise.all([
    counter.count(),
    denials(),
    config.newest(),
    tree.head(),
    checkpoints.newest(),
    leakedRoots.inUse(),
  ])
  const now = clock.now()
  const { tasks, approvals, leases, revoking } = counts
  return {
    at: now.toISOString(),
    tasks: { live: tasks.reduce((sum, { live }) => sum + live, 0), by_environment: [...tasks] },
    approvals: { waiting: approvals.waiting, ...oldest(approvals) },
    denials: denialsOf(denied),
    leases: [...leases],
    revoking: { count: revoking.count, ...oldest(revoking) },
    roots: { all: snapshot.rows.roots.length, attention: rootsToLookAt(snapshot, leaked, now) },
    audit: { size, signed: newest?.size ?? 0 },
  }
}

const oldest = ({ oldestAt }: { readonly oldestAt: Date | null }) =>
  oldestAt === null ? {} : { oldest_at: oldestAt.toISOString() }

function denialsOf(denials: readonly DenialCount[]): Overview['denials'] {
  const by = (key: (one: DenialCount) => string) => {
    const sums = new Map<string, number>()
    for (const one of denials) sums.set(key(one), (sums.get(key(one)) ?? 0) + one.count)
    return [...sums]
  }
  return {
    by_code: by(({ code }) => code)
      .map(([code, count]) => ({ code, count }))
      .sort((a, b) => b.count - a.count),
    by_hour: by(({ hour }) => hour.toISOString()).map(([hour, count]) => ({ hour, count })),
  }
}
