import { z } from 'zod'
import { idPattern } from '../ids.ts'
import { timestamp } from '../names.ts'

/** 202 in place of an answer: nothing was done. The same goes through once a person has approved it, with `Broker-Approval: <id>`. */
export const approvalPending = z.strictObject({
  approval: z.strictObject({
    id: z.string().regex(idPattern('approval')),
    /** `approved`: somebody did meanwhile. */
    state: z.enum(['pending', 'approved', 'denied', 'used', 'expired', 'cancelled']),
    level: z.enum(['passkey', 'two-person']),
    /** Where people answer it. */
    url: z.url(),
    ends_at: timestamp,
  }),
  detail: z.string(),
})
