const PARENT_POLL_MS = 500

/**
 * Resolves with an exit code on SIGINT or SIGTERM, or, where asked, when the process that started this one is gone:
 * killing `npm start` must not leave a broker behind.
 */
export function untilEnded(withParent: boolean): { promise: Promise<number>; now(error: Error): void } {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  promise.catch(() => undefined)
  // Not once: what is sent to the whole group npm sends on, and the second one must not end us before the database.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(0))
  if (withParent) {
    const parent = process.ppid
    const timer = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(timer)
      resolve(0)
    }, PARENT_POLL_MS)
    timer.unref()
  }
  return { promise, now: reject }
}
