import { LIMITS } from '@credbroker/core/limits'
import type { TaskReader } from '../../ports/task-store.ts'

/**
 * Which agents have more living tasks than one may have. Counted now and then by each replica: a start is the hottest
 * path there is, and what this stops is a loop that runs away, not one task too many.
 */
export class CrowdedAgents {
  #names: ReadonlySet<string> = new Set()

  has(agent: string): boolean {
    return this.#names.has(agent)
  }

  async count(tasks: Pick<TaskReader, 'crowded'>): Promise<void> {
    this.#names = new Set(await tasks.crowded(LIMITS.tasksPerAgent))
  }
}
