import { setTimeout as delay } from 'node:timers/promises'
import { bringUp, type RunningServer, type ServerContext } from './bring-up.ts'
import { isPostmasterOf } from './postmaster.ts'
import { shutDown } from './shut-down.ts'

const lookMs = 100
const longestPauseMs = 5_000

export interface Supervision {
  /** Ends the server and stops looking after it. */
  stop(): Promise<void>
  /** Stops looking after it and leaves it running, for whoever owns it. */
  abandon(): Promise<void>
}

/**
 * Starts the server again whenever it dies, for as long as it takes: until then connections fail, and the
 * broker answers 503.
 */
export function supervise(context: ServerContext, first: RunningServer): Supervision {
  const stopping = new AbortController()
  const { signal } = stopping
  let server = first

  const watch = async () => {
    while (!signal.aborted) {
      // Looking alone must not keep the process alive; stop() is not kept waiting by it.
      await delay(lookMs, undefined, { ref: false, signal }).catch(() => undefined)
      if (signal.aborted || (await isPostmasterOf(server.postmaster.pid, context.paths))) continue
      context.log.error({ pid: server.postmaster.pid }, 'the embedded PostgreSQL died; starting it again')
      await restart()
    }
  }
  const restart = async () => {
    for (let pause = lookMs; !signal.aborted; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        server = await bringUp(context, signal)
        context.log.info({ pid: server.postmaster.pid }, 'the embedded PostgreSQL is back')
        return
      } catch (error) {
        if (signal.aborted) return
        context.log.error({ reason: (error as Error).message }, 'the embedded PostgreSQL does not come back')
        await delay(pause, undefined, { signal }).catch(() => undefined)
      }
    }
  }
  const watching = watch()
  const abandon = async () => {
    stopping.abort()
    await watching
  }
  return {
    abandon,
    async stop() {
      await abandon()
      await shutDown(server.postmaster, context.paths, context.log)
    },
  }
}
