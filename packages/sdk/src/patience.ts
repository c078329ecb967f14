const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 5_000

/** How long to wait for a person before asking again, in milliseconds, time after time. @internal */
export function* patience(): Generator<number, never> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) yield pause
}

/** The pause, or the reason of the signal as soon as it is aborted. @internal */
export async function interruptible(pause: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return await pause
  signal.throwIfAborted()
  let stop = (): void => {}
  const aborted = new Promise<void>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    await Promise.race([pause, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
