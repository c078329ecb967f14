import { BrokerApiError } from './errors.ts'
import type { Io } from './io.ts'

/** Calls `beat` again and again without keeping the process alive for it, and sooner after a failure. `beat` may throw. */
export function startHeartbeat(
  beat: () => Promise<unknown>,
  everyMs: number,
  after: Io['after'],
): () => void {
  let stopped = false
  let cancel = (): void => {}
  const plan = (milliseconds: number): void => {
    if (stopped) return
    cancel = after(milliseconds, () => {
      beat().then(
        () => plan(everyMs),
        (error: unknown) => plan(isFinal(error) ? everyMs : Math.min(1_000, everyMs)),
      )
    })
  }
  plan(everyMs)
  return () => {
    stopped = true
    cancel()
  }
}

/** The broker has spoken: asking more often would not change its mind. */
const isFinal = (error: unknown): boolean => error instanceof BrokerApiError && !error.retryable
