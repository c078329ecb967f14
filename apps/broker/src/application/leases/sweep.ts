import { announceRevocation, type RevokeDeps, revokeDue } from './revoke-leases.ts'

const BATCH = 32
/** Of one root: a vendor that hangs holds up its own leases and no others. */
const OF_ONE_ROOT = 32
/** When a root has no more than this under way, it may have more. Not sooner: every look costs the database something. */
const LOW = OF_ONE_ROOT / 2
/** Far more than the roots of one outage fill; memory is what it bounds. */
const AT_ONCE = 512
const LOOK_AGAIN_MS = 1000

/**
 * Ends due leases until none is left or `signal` aborts; while some take long, looks for others. Any number of replicas
 * share the work.
 */
export async function sweepLeases(deps: RevokeDeps, signal: AbortSignal): Promise<number> {
  const announce = announceRevocation(deps)
  const running = new Set<Promise<void>>()
  const busy = new Map<string, number>()
  let wake = () => {}
  let hasRoom = false
  let failure: { error: unknown } | undefined
  let swept = 0

  const start = (lease: Awaited<ReturnType<RevokeDeps['queue']['take']>>[number]) => {
    const { root } = lease
    busy.set(root, (busy.get(root) ?? 0) + 1)
    const work = revokeDue(deps, lease)
      .catch((error: unknown) => {
        failure = { error }
      })
      .finally(() => {
        const others = (busy.get(root) ?? 1) - 1
        if (others === 0) busy.delete(root)
        else busy.set(root, others)
        running.delete(work)
        swept++
        if (others > LOW) return
        hasRoom = true
        wake()
      })
    running.add(work)
  }

  for (;;) {
    hasRoom = false
    const full = [...busy].flatMap(([root, count]) => (count >= OF_ONE_ROOT ? [root] : []))
    const stopped = signal.aborted || failure !== undefined
    const mayTake = !stopped && running.size < AT_ONCE
    const due = mayTake
      ? await deps.queue.take(BATCH, announce, full).catch((error: unknown) => {
          failure = { error }
          return []
        })
      : []
    for (const lease of due) start(lease)
    if (due.length === BATCH) continue
    // Roots that were full while it looked may have more.
    if (running.size === 0 && (stopped || full.length === 0)) break
    if (hasRoom) continue
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_AGAIN_MS)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
  if (failure) throw failure.error
  return swept
}
