import { StoreError, toBrokerError } from './driver-errors.ts'

export interface SharedWork<Item, Outcome> {
  /** One statement for all of them, all or nothing; outcomes in their order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Outcome[]>
  /** Only items of the same kind share a statement. */
  readonly kindOf: (item: Item) => unknown
  /** Statements at once. */
  readonly lanes: number
  /** Items of one statement at most. */
  readonly most: number
}

interface Waiting<Item, Outcome> {
  readonly item: Item
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/**
 * Whatever is asked for while the statements before it are under way shares the next one, so that under load many
 * changes cost one round trip and one commit, and an idle broker waits for nobody. Where a shared statement was
 * refused and undone, each of its items is tried alone: none can fail the others.
 */
export function shareStatements<Item, Outcome>(
  work: SharedWork<Item, Outcome>,
): (item: Item) => Promise<Outcome> {
  const queue: Waiting<Item, Outcome>[] = []
  let running = 0
  const pump = () => {
    while (running < work.lanes && queue.length > 0) {
      running++
      void settle(work, takeAlike(queue, work)).finally(() => {
        running--
        pump()
      })
    }
  }
  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject })
      // What one turn of the event loop brings goes together, unless it fills a statement already.
      if (queue.length >= work.most) pump()
      else setImmediate(pump)
    })
}

/** The oldest, and those behind it that may share with it. */
function takeAlike<Item, Outcome>(
  queue: Waiting<Item, Outcome>[],
  { kindOf, most }: SharedWork<Item, Outcome>,
): Waiting<Item, Outcome>[] {
  const kind = kindOf((queue[0] as Waiting<Item, Outcome>).item)
  const taken: Waiting<Item, Outcome>[] = []
  const left = queue.filter((waiting) => {
    const fits = taken.length < most && kindOf(waiting.item) === kind
    if (fits) taken.push(waiting)
    return !fits
  })
  queue.splice(0, queue.length, ...left)
  return taken
}

async function settle<Item, Outcome>(
  work: SharedWork<Item, Outcome>,
  batch: readonly Waiting<Item, Outcome>[],
): Promise<void> {
  try {
    const outcomes = await work.run(batch.map(({ item }) => item))
    batch.forEach(({ resolve }, at) => {
      resolve(outcomes[at] as Outcome)
    })
  } catch (error) {
    if (batch.length > 1 && wasUndone(error))
      await Promise.all(batch.map((waiting) => settle(work, [waiting])))
    else for (const { reject } of batch) reject(error)
  }
}

/** The server said no to what was asked. A lost connection says nothing, and a sick server gets no more work. */
function wasUndone(error: unknown): boolean {
  const known = toBrokerError(error)
  if (!(known instanceof StoreError) || known.fault.mayHaveHappened) return false
  return known.code !== 'store_unavailable' || known.fault.collided
}
