import { z } from 'zod'
import { idPattern } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { durationSeconds, freeText, name, timestamp } from '../names.ts'

/** POST /v1/break-glass, in a session that a passkey has just confirmed. */
export const breakGlassRequest = z.strictObject({
  environment: name,
  agent: name,
  /** Left out: every scope of the environment. */
  scopes: z.array(name).min(1).max(LIMITS.scopesPerTask).optional(),
  reason: freeText(500),
  ttl: durationSeconds.pipe(z.number().max(LIMITS.breakGlassSeconds)),
})

export const breakGlassView = z.strictObject({
  id: z.string().regex(idPattern('breakGlass')),
  environment: name,
  agent: name,
  scopes: z.array(name).optional(),
  by: name,
  reason: z.string(),
  at: timestamp,
  ends_at: timestamp,
})
export type BreakGlassView = z.infer<typeof breakGlassView>

/** `console_url`: where a person with a passkey can break the glass. */
export const breakGlassList = z.strictObject({ items: z.array(breakGlassView), console_url: z.string() })
export type BreakGlassList = z.infer<typeof breakGlassList>
