import type { Overview } from '@credbroker/core/wire/reports'
import type { AuditTree, CheckpointStore } from '../../ports/audit.ts'
import type { Clock } from '../../ports/clock.ts'
import type { WorkCounter, WorkCounts } from '../../ports/work-counts.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { rootsToLookAt } from './roots-to-look-at.ts'

interface OverviewDeps {
  readonly counter: WorkCounter
  readonly config: Pick<LiveConfig, 'newest'>
  readonly tree: AuditTree
  readonly checkpoints: CheckpointStore
  readonly clock: Clock
}

/** What goes on, in numbers; however many people ask at once, the database is asked once. */
export function overview(deps: OverviewDeps) {
  let asking: ReturnType<typeof look> | undefined
  return () => {
    asking ??= look(deps).finally(() => {
      asking = undefined
    })
    return asking
  }
}

async function look({ counter, config, tree, checkpoints, clock }: OverviewDeps) {
  const [counts, { snapshot }, { size }, newest] = await Promise.all([
    counter.count(),
    config.newest(),
    tree.head(),
    checkpoints.newest(),
  ])
  const now = clock.now()
  const { tasks, approvals, leases, revoking } = counts
  return {
    at: now.toISOString(),
    tasks: { live: tasks.reduce((sum, { live }) => sum + live, 0), by_environment: [...tasks] },
    approvals: { waiting: approvals.waiting, ...oldest(approvals) },
    denials: denialsOf(counts),
    leases: [...leases],
    revoking: { count: revoking.count, ...oldest(revoking) },
    roots: { all: snapshot.rows.roots.length, attention: rootsToLookAt(snapshot, now) },
    audit: { size, signed: newest?.size ?? 0 },
  }
}

const oldest = ({ oldestAt }: { readonly oldestAt: Date | null }) =>
  oldestAt === null ? {} : { oldest_at: oldestAt.toISOString() }

function denialsOf({ denials }: WorkCounts): Overview['denials'] {
  const by = (key: (one: WorkCounts['denials'][number]) => string) => {
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
