import type { BreakGlassView } from '@credbroker/core/wire/break-glass'
import type { BreakGlass } from '../../domain/config.ts'

export const viewBreakGlass = ({
  id,
  environment,
  agent,
  scopes,
  by,
  reason,
  at,
  endsAt,
}: BreakGlass): BreakGlassView => ({
  id,
  environment,
  agent,
  ...(scopes && { scopes: [...scopes] }),
  by,
  reason,
  at,
  ends_at: endsAt,
})
