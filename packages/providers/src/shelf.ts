import { createHmac } from 'node:crypto'
import type { Keepable, Shelf } from './provider.ts'

const PER_OWNER = 4
const ALTOGETHER = 32

interface ShelfOptions {
  readonly random: (bytes: number) => Uint8Array
  readonly idleMilliseconds: number
}

export interface OpenShelf extends Shelf {
  /** Closes all that is there, and from now on whatever is put there. Answers when it is closed. */
  stop(): Promise<void>
}

/** Things in memory, each for its owner alone. What stays too long, is too much or comes too late is closed. */
export function openShelf({ random, idleMilliseconds }: ShelfOptions): OpenShelf {
  // Owners contain roots (I1): they are known by a hash that means nothing outside of this process.
  const key = random(32)
  const nameOf = (owner: string) => createHmac('sha256', key).update(owner).digest('base64')
  const kept = new Set<{ name: string; thing: Keepable; timer: NodeJS.Timeout }>()
  const of = (name: string) => [...kept].filter((each) => each.name === name)
  let stopped = false

  const close = async (thing: Keepable): Promise<void> => {
    try {
      await thing.close()
    } catch {
      // Nobody waits for it.
    }
  }
  const drop = async (each: typeof kept extends Set<infer Each> ? Each : never): Promise<void> => {
    clearTimeout(each.timer)
    if (kept.delete(each)) await close(each.thing)
  }

  return {
    take(owner) {
      const found = of(nameOf(owner)).at(-1)
      if (!found) return undefined
      clearTimeout(found.timer)
      kept.delete(found)
      return found.thing
    },
    put(owner, thing) {
      const name = nameOf(owner)
      if (stopped || kept.size >= ALTOGETHER || of(name).length >= PER_OWNER) {
        void close(thing)
        return
      }
      const timer = setTimeout(() => void drop(each), idleMilliseconds)
      timer.unref()
      const each = { name, thing, timer }
      kept.add(each)
    },
    clear(owner) {
      for (const each of of(nameOf(owner))) void drop(each)
    },
    async stop() {
      stopped = true
      await Promise.all([...kept].map(drop))
    },
  }
}
