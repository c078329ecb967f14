import { AsyncLocalStorage } from 'node:async_hooks'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import type { Stores } from '../ports/stores.ts'

/** Places where a broker under test dies, to show what holds when the process is gone there. */
export interface Failpoints {
  /** The same stores with a point before and after each call: `before:leaseWriter.activate`. */
  stores(stores: Stores): Stores
  /** `after:provider.postgres-role.mint` */
  providers<Provider extends object>(providers: ReadonlyMap<string, Provider>): Map<string, Provider>
  /** What they call is named apart from the same calls of requests: `before:chore/queue.take`. */
  chores<Chore extends Runs>(chores: readonly Chore[]): Chore[]
}

interface Runs {
  run(signal: AbortSignal): Promise<unknown>
}

/**
 * For tests only; `serve` refuses the setting, and without it nothing of this exists. The file says at which point the
 * process kills itself with SIGKILL, `before:leaseWriter.activate`, or `…:2` for the second time it gets there, and is
 * emptied by that. Every point that is passed is appended to `<file>.passed`.
 */
export function createFailpoints(file: string): Failpoints {
  const chore = new AsyncLocalStorage<boolean>()
  let wanted = ''
  let passed = 0

  const pass = (moment: 'before' | 'after', name: string): void => {
    const point = `${moment}:${chore.getStore() ? 'chore/' : ''}${name}`
    appendFileSync(`${file}.passed`, `${point}\n`)
    const text = readFileSync(file, 'utf8').trim()
    if (text !== wanted) passed = 0
    wanted = text
    if (text !== point && !text.startsWith(`${point}:`)) return
    if (++passed < Number(text.slice(point.length + 1) || 1)) return
    writeFileSync(file, '')
    process.kill(process.pid, 'SIGKILL')
  }

  function watch<Part extends object>(part: Part, name: string): Part {
    return new Proxy(part, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target)
        const inner = name === '' ? String(key) : `${name}.${String(key)}`
        if (typeof value === 'object' && value !== null) return watch(value, inner)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          pass('before', inner)
          const answer: unknown = Reflect.apply(value, target, args)
          if (!(answer instanceof Promise)) return answer
          return answer.then((result) => {
            pass('after', inner)
            return result
          })
        }
      },
    })
  }

  return {
    stores: (stores) => watch(stores, ''),
    providers: (providers) =>
      new Map([...providers].map(([kind, provider]) => [kind, watch(provider, `provider.${kind}`)])),
    chores: (chores) =>
      chores.map((one) => ({ ...one, run: (signal) => chore.run(true, () => one.run(signal)) })),
  }
}
