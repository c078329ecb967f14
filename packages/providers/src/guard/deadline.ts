import { BrokerError } from '@credbroker/core/errors'

/**
 * Runs one call against a deadline. The signal aborts when it is over, and the race ends the call for a kind that does
 * not look at the signal. Whatever such a kind answers afterwards goes to `late`; an error that comes late is dropped.
 *
 * @throws {BrokerError} `vendor_unavailable` when the deadline is over first.
 */
export async function withDeadline<T>(
  milliseconds: number,
  call: (signal: AbortSignal) => T | Promise<T>,
  late: (answer: T) => void = () => {},
): Promise<T> {
  const controller = new AbortController()
  let over = false
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      over = true
      reject(
        new BrokerError('vendor_unavailable', { detail: 'The vendor did not answer before the deadline' }),
      )
      controller.abort()
    }, milliseconds)
  })
  const answer = Promise.resolve().then(() => call(controller.signal))
  answer.then(
    (value) => {
      if (over) late(value)
    },
    () => {},
  )
  try {
    return await Promise.race([answer, deadline])
  } finally {
    clearTimeout(timer)
  }
}
