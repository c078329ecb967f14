import { vi } from 'vitest'
import type { TestBroker } from '../harness/broker.ts'

export interface AuditEntry {
  readonly type: string
  readonly phase: string
  readonly result?: string
  readonly code?: string
  readonly lease?: string
  readonly task?: string
  readonly request?: string
  readonly actor: { readonly kind: string; readonly id: string }
  readonly facts?: Readonly<Record<string, unknown>>
}

/** The whole log so far, in its order. */
export async function readAudit(broker: TestBroker, from = 0): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for (let next = from; ; ) {
    const page = await broker.admin.request<{ entries: { record: string }[]; next: number }>({
      method: 'GET',
      path: `/v1/audit?from=${next}&limit=1000`,
    })
    entries.push(...page.entries.map(({ record }) => JSON.parse(record)))
    if (page.entries.length === 0) return entries
    next = page.next
  }
}

/** Waits until the mover has numbered one that fits. */
export const auditHas = (broker: TestBroker, fits: (entry: AuditEntry) => boolean): Promise<true> =>
  vi.waitUntil(async () => (await readAudit(broker)).some(fits) || undefined, {
    timeout: 10_000,
    interval: 100,
  }) as Promise<true>
