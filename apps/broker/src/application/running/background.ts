import type { Log } from '../../ports/log.ts'

export interface Chore {
  readonly name: string
  readonly everyMs: number
  run(signal: AbortSignal): Promise<unknown>
  /** Waits for what it left running. */
  stop?(): Promise<unknown>
}

/**
 * Runs each chore again and again, `everyMs` after its last end, never twice at once. One that fails is logged and
 * tried again. `stop` waits for those that are running.
 */
export function startChores(chores: readonly Chore[], log: Log): { stop(): Promise<void> } {
  const abort = new AbortController()
  const running = chores.map(async ({ name, everyMs, run }) => {
    while (!abort.signal.aborted) {
      try {
        await run(abort.signal)
      } catch (error) {
        if (!abort.signal.aborted)
          log.error({ chore: name, err: error }, 'a background chore failed; it will be tried again')
      }
      await pause(everyMs, abort.signal)
    }
  })
  return {
    async stop() {
      abort.abort()
      await Promise.all(running)
      await Promise.all(chores.map((chore) => chore.stop?.()))
    },
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
