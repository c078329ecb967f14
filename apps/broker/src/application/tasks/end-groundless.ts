import type { Clock } from '../../ports/clock.ts'
import type { EndSelector, TaskReader } from '../../ports/task-store.ts'
import type { Config, LiveConfig } from '../config/live-config.ts'
import type { EndedBy, endWork } from './end-work.ts'
import { type Groundless, whyGroundless } from './why-groundless.ts'

export interface EndGroundlessDeps {
  readonly config: LiveConfig
  readonly tasks: Pick<TaskReader, 'living'>
  readonly end: ReturnType<typeof endWork>
  readonly clock: Clock
}

/** Ends the work that what is configured now does not carry. Whoever changes the configuration calls it. */
export type EndGroundless = (by: EndedBy) => Promise<void>

/** Rows of one transaction that ends them. */
const AT_ONCE = 200

/** While one looked, others may have changed the configuration so often; whoever did looks too. */
const TRIES = 5

export const endGroundless =
  (deps: EndGroundlessDeps): EndGroundless =>
  async (by) => {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const current = await deps.config.newest()
      const found = await groundlessNow(deps, current)
      // Work that was started meanwhile may stand on what this configuration does not know yet.
      if ((await deps.config.newest()).snapshot.version !== current.snapshot.version) continue
      for (const { selector, reason } of together(found)) await deps.end(selector, reason, by)
      return
    }
  }

async function groundlessNow({ tasks, clock }: EndGroundlessDeps, config: Config): Promise<Groundless[]> {
  const found: Groundless[] = []
  await tasks.living((batch) => {
    const now = clock.now()
    for (const work of batch) {
      const groundless = whyGroundless(config, work, now)
      if (groundless) found.push(groundless)
    }
  })
  return found
}

/** Each once, and single tasks and grants many at a time. */
function together(found: readonly Groundless[]): Groundless[] {
  const wide = new Map<string, Groundless>()
  const tasks = new Set<string>()
  const grants = new Set<string>()
  for (const one of found) {
    if ('tasks' in one.selector) for (const id of one.selector.tasks) tasks.add(id)
    else if ('grants' in one.selector) for (const id of one.selector.grants) grants.add(id)
    else wide.set(JSON.stringify(one.selector), one)
  }
  const revoked = (selector: EndSelector): Groundless => ({ selector, reason: 'revoked' })
  return [
    ...wide.values(),
    ...slices([...tasks]).map((ids) => revoked({ tasks: ids })),
    ...slices([...grants]).map((ids) => revoked({ grants: ids })),
  ]
}

const slices = (ids: readonly string[]): (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, at) =>
    ids.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  )

/** A start that was under way when the configuration changed may be stored a moment after the first look. */
const LOOKS = 2

/**
 * The same, in the background and only after a change: whoever changed the configuration may have died before the work
 * was ended, or a task was started at the same moment.
 */
export function watchGround(config: LiveConfig, endThem: EndGroundless): () => Promise<void> {
  let version: number | undefined
  let looks = 0
  return async () => {
    const { snapshot } = await config.newest()
    if (snapshot.version !== version) looks = 0
    version = snapshot.version
    if (looks === LOOKS) return
    await endThem({ kind: 'system', id: 'groundless' })
    looks++
  }
}
