import { z } from 'zod'
import { freeText } from '../names.ts'
import { SCAN_STATES } from '../scan-claim.ts'

/** The id that `broker scan` gives a finding. */
export const findingId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/)

const allowed = z.array(z.strictObject({ finding: findingId, reason: freeText(300) })).max(20)

/** Claimed by the client, and shown as a claim. What was let pass is named exactly where something was. */
export const scanClaim = z
  .strictObject({
    state: z.enum(SCAN_STATES),
    allowed: allowed.default([]),
    /** What works there is confined to a sandbox. Left out: it is not. */
    sandbox: z.boolean().optional(),
  })
  .refine(
    (claim) => (claim.state === 'allowed') === claim.allowed.length > 0,
    'the state is allowed where findings are, and only there',
  )
