import type { EventMessage } from '@credbroker/core/wire/events'
import type { AuditEntry, AuditReader } from '../../ports/audit.ts'
import type { LogGrowth } from './log-growth.ts'
import { tailAudit } from './tail-audit.ts'

const SHOWN = ['result', 'code', 'task', 'grant', 'lease', 'approval', 'environment', 'scope'] as const

/**
 * The log from an index on, as messages, until the signal aborts. Each reader is read for at its own pace: a slow one keeps
 * nothing in memory.
 */
export async function* eventMessages(
  { reader, growth }: { readonly reader: Pick<AuditReader, 'page'>; readonly growth: LogGrowth },
  from: number,
  signal: AbortSignal,
): AsyncGenerator<EventMessage, void, void> {
  let next = from
  const wait = () => growth.until(next, signal)
  for await (const entry of tailAudit(reader, { from, wait, signal })) {
    next = entry.index + 1
    yield messageOf(entry)
  }
}

function messageOf({ index, record }: AuditEntry): EventMessage {
  const event = JSON.parse(record) as Record<string, string> & { actor: { kind: string; id: string } }
  const { at = '', type = '', phase = '', actor } = event
  return {
    index,
    at,
    type,
    phase,
    actor: { kind: actor.kind, id: actor.id },
    ...Object.fromEntries(SHOWN.flatMap((name) => (event[name] === undefined ? [] : [[name, event[name]]]))),
  }
}
