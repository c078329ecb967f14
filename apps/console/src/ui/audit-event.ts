/** An entry of the log as the console reads it: see docs/audit.md for the fields. */
export interface AuditItem {
  readonly index: number
  readonly event: {
    readonly id: string
    readonly at: string
    readonly type: string
    readonly phase: 'intent' | 'outcome' | 'event'
    readonly intent?: string
    readonly result?: string
    readonly code?: string
    readonly reason?: string
    readonly actor: { readonly kind: string; readonly id: string }
    readonly sub?: string
    readonly task?: string
    readonly grant?: string
    readonly lease?: string
    readonly approval?: string
    readonly environment?: string
    readonly scope?: string
    readonly access?: readonly string[]
    readonly policies?: readonly string[]
    readonly facts?: Readonly<Record<string, unknown>>
  }
}

/** How an entry went. An intent that nobody answered is what nobody knows about. */
export function resultOf({ event }: AuditItem, answered: ReadonlySet<string>): string | undefined {
  if (event.phase === 'intent') return answered.has(event.id) ? 'announced' : 'unknown'
  return event.result
}

export const answeredBy = (items: readonly AuditItem[]): ReadonlySet<string> =>
  new Set(items.flatMap(({ event }) => (event.intent === undefined ? [] : [event.intent])))
