import { LIMITS } from '@credbroker/core/limits'
import { expect, vi } from 'vitest'
import type { Shop } from '../../../packages/providers/test/postgres-fixture.ts'
import type { Line } from './line.ts'

/** Looks all the time at which roles of brokers live at the vendor. */
export function watchVendor(shop: Shop) {
  const lastSeen = new Map<string, number>()
  const look = async () => {
    const rows = await shop.admin(`SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)
    for (const { name } of rows) lastSeen.set(String(name), Date.now())
  }
  const timer = setInterval(() => void look().catch(() => undefined), 200)
  return {
    /** Milliseconds since the epoch; undefined: never seen alive. */
    lastSeen: (name: string) => lastSeen.get(name),
    seen: () => [...lastSeen.keys()],
    stop: () => clearInterval(timer),
  }
}

interface LeaseRow {
  readonly name: string
  readonly state: string
  readonly end: Date
}

/** Waits until every lease is dead and buried; the slowest is a mint whose answer was lost. */
export async function allEnded({ shop, database }: Line): Promise<void> {
  const living = () => shop.admin(`SELECT id, state, last_error FROM leases WHERE state <> 'ended'`, database)
  await vi
    .waitUntil(async () => (await living()).length === 0, { timeout: 90_000, interval: 500 })
    .catch(async () => expect(await living()).toEqual([]))
}

/**
 * The leases that were seen alive at the vendor more than the grace after their own end or that of their task; after a
 * crash it begins anew, since whoever was ending one may have died of it more than once.
 */
export async function outlived(
  { shop, database, deaths }: Line,
  vendor: ReturnType<typeof watchVendor>,
): Promise<LeaseRow[]> {
  const leases = (await shop.admin(
    `SELECT l.name, l.state, least(l.expires_at, t.ended_at) AS end FROM leases l JOIN tasks t ON t.id = l.task_id`,
    database,
  )) as unknown as LeaseRow[]
  expect(leases).not.toEqual([])
  return leases.filter(({ name, end }) => {
    const seen = vendor.lastSeen(name) ?? 0
    const since = Math.max(end.getTime(), ...deaths.filter((death) => death < seen))
    return seen > since + LIMITS.graceSeconds * 1000
  })
}
