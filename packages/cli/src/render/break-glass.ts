import type { BreakGlassView } from '@credbroker/core/wire/break-glass'
import { table } from './table.ts'

export const breakGlassTable = (items: readonly BreakGlassView[], columns?: number): string =>
  table(
    ['break-glass', 'environment', 'agent', 'scopes', 'by', 'until', 'reason'],
    items.map(({ id, environment, agent, scopes, by, ends_at, reason }) => [
      id,
      environment,
      agent,
      scopes?.join(' ') ?? 'all',
      by,
      ends_at,
      reason,
    ]),
    columns,
  )
