import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startFakeRailway, type Understood } from './server.ts'
import { type ShopIds, shop } from './shop.ts'
import type { RailwayState } from './state.ts'

// A stand-in for Railway as a process of its own, seen from outside over its channel by whoever started it.

export interface RailwayProcess {
  readonly pid: number
  readonly origin: string
  readonly caFile: string
  readonly ids: ShopIds
  /** The account token that was made for the custom domains. */
  readonly token: string
  /** All that is there now. */
  state(): Promise<RailwayState>
  /** What was understood to change something, since the last time that it was asked for. */
  changes(): Promise<readonly Understood[]>
  /** Everything as it was in the beginning, but for tokens. */
  restore(): Promise<void>
  /** Another account token in place of the one that lies about, which is dead from now on. */
  reissue(): Promise<string>
  stop(): Promise<void>
}

type Ready = Pick<RailwayProcess, 'origin' | 'caFile' | 'ids' | 'token'>

export async function startRailwayProcess(): Promise<RailwayProcess> {
  const child = fork(fileURLToPath(import.meta.url), ['serve'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting: PromiseWithResolvers<never>[] = []
  child.on('message', ({ answer }: { answer: never }) => waiting.shift()?.resolve(answer))
  child.once('exit', () => {
    for (const one of waiting.splice(0)) one.reject(new Error('the stand-in for Railway ended'))
  })
  const next = <Answer>(): Promise<Answer> => {
    const one = Promise.withResolvers<never>()
    waiting.push(one)
    return one.promise
  }
  const ready = await next<Ready>()
  const asks = <Answer>(question: string) => {
    child.send(question)
    return next<Answer>()
  }
  return {
    ...ready,
    pid: child.pid ?? 0,
    state: () => asks('state'),
    changes: () => asks('changes'),
    restore: () => asks('restore'),
    reissue: () => asks('reissue'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

async function serve(): Promise<void> {
  const { ids, state, tokens } = shop()
  const beginning = structuredClone(state)
  const vendor = await startFakeRailway(state)
  const say = (answer: unknown) => process.send?.({ answer })
  const answers: Readonly<Record<string, () => unknown>> = {
    state: () => state,
    changes: () => {
      const changes = [...vendor.changes]
      vendor.forget()
      return changes
    },
    restore: () => {
      const { tokens: _, ...things } = structuredClone(beginning)
      Object.assign(state, things)
      return null
    },
    reissue: () => {
      const secret = crypto.randomUUID()
      const { secret: old } = tokens.account
      state.tokens = state.tokens.map((each) => (each.secret === old ? { ...each, secret } : each))
      return secret
    },
  }
  process.on('message', (question) => say(answers[String(question)]?.() ?? null))
  // Whoever started it is gone.
  process.once('disconnect', () => void vendor.stop())
  const { origin, caFile } = vendor.upstream
  say({ origin, caFile, ids, token: tokens.account.secret })
}

if (process.argv[2] === 'serve' && process.send) await serve()
