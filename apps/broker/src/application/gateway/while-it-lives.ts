import { BrokerError } from '@credbroker/core/errors'
import type { OpenCalls } from './open-calls.ts'

/**
 * What is done for a call before it is sent, and may take its time: given up with a reason when what the call stands on ends, as
 * an answer on its way is cut (I8), and when the client hangs up. @throws BrokerError as `work` does
 */
export async function whileItLives<Result>(
  open: OpenCalls,
  standsOn: readonly string[],
  client: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController()
  const hungUp = () => over.abort()
  const remove = open.add({
    standsOn,
    cut: (why) => over.abort(new BrokerError(why === 'ended' ? 'task_ended' : 'store_unavailable')),
    streams: () => false,
  })
  client.addEventListener('abort', hungUp, { once: true })
  if (client.aborted) hungUp()
  try {
    return await work(over.signal)
  } finally {
    client.removeEventListener('abort', hungUp)
    remove()
  }
}
