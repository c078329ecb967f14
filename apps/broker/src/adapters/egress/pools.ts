import { createHmac, randomBytes } from 'node:crypto'
import type { Upstream } from '@credbroker/connectors/request'
import { Pool } from 'undici'
import { type DialOptions, dialer } from './dial.ts'

export interface PoolLimits {
  /** To the head of the answer. */
  readonly headersMs: number
  /** From one piece of the answer to the next. */
  readonly bodyMs: number
}

const MOST = 256
const IDLE_MS = 60_000
const CONNECTIONS = 64

/**
 * Connections by origin and credential: what one root said on a connection, no other root says after it. Those that
 * nobody used for a while are closed.
 */
export function openPools(dial: DialOptions, { headersMs, bodyMs }: PoolLimits) {
  // Pools are found by a digest that means nothing elsewhere, so that no credential is a key of a map.
  const key = randomBytes(32)
  const pools = new Map<string, { readonly pool: Pool; usedAt: number }>()
  const drop = (name: string) => {
    pools
      .get(name)
      ?.pool.close()
      .catch(() => undefined)
    pools.delete(name)
  }
  const sweep = setInterval(() => {
    for (const [name, { usedAt }] of pools) if (performance.now() - usedAt > IDLE_MS) drop(name)
  }, IDLE_MS)
  sweep.unref()

  return {
    of({ origin, credential }: Upstream): Pool {
      const digest = createHmac('sha256', key).update(origin)
      for (const name of Object.keys(credential).sort())
        digest.update(`\n${name}:${credential[name]?.expose() ?? ''}`)
      const name = digest.digest('base64')
      const known = pools.get(name)
      if (known) {
        known.usedAt = performance.now()
        return known.pool
      }
      const [oldest] = pools.keys()
      if (pools.size >= MOST && oldest !== undefined) drop(oldest)
      const pool = new Pool(origin, {
        connect: dialer(dial),
        connections: CONNECTIONS,
        pipelining: 1,
        allowH2: false,
        headersTimeout: headersMs,
        bodyTimeout: bodyMs,
        maxHeaderSize: 32 * 1024,
      })
      pools.set(name, { pool, usedAt: performance.now() })
      return pool
    },
    async stop(): Promise<void> {
      clearInterval(sweep)
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()))
      pools.clear()
    },
  }
}
