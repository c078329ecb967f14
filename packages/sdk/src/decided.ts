import { isPassing } from './errors.ts'
import type { Io } from './io.ts'
import { interruptible, patience } from './patience.ts'
import type { TaskSession } from './task-session.ts'

/**
 * Asks until no grant of the task waits for a person. A question that nobody answers ends, and its grant with it.
 * @throws BrokerApiError `task_ended`; the reason of the signal
 * @internal
 */
export async function untilDecided(
  session: TaskSession,
  io: Pick<Io, 'sleep'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const pause of patience()) {
    if (session.view.grants.every(({ state }) => state !== 'pending')) return
    await interruptible(io.sleep(pause), signal)
    await session.beat().catch((error: unknown) => {
      if (!isPassing(error)) throw error
    })
  }
}
