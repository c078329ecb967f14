import { Gauge, Registry } from 'prom-client'
import type { AuditMover } from '../ports/audit.ts'
import type { LeaseReader } from '../ports/lease-store.ts'

/** Prometheus text. Gauges are read from the database when asked, so every replica says the same. */
export function createMetrics(leases: LeaseReader, mover: AuditMover): () => Promise<string> {
  const registry = new Registry()
  new Gauge({
    name: 'credbroker_leases',
    help: 'Leases that are not ended, by provider and state',
    labelNames: ['provider', 'state'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { provider, state, count } of await leases.count()) this.set({ provider, state }, count)
    },
  })
  new Gauge({
    name: 'credbroker_audit_lag_seconds',
    help: 'How long the oldest audit event has waited for its number',
    registers: [registry],
    async collect() {
      this.set(await mover.lagSeconds())
    },
  })
  return () => registry.metrics()
}
