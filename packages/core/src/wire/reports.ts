import { z } from 'zod'
import { name, timestamp } from '../names.ts'
import { finding } from './admin.ts'

const count = z.number().int()

/** GET /v1/reports/overview: what goes on, in numbers. */
export const overview = z.strictObject({
  at: timestamp,
  tasks: z.strictObject({
    live: count,
    by_environment: z.array(z.strictObject({ environment: name, live: count })),
  }),
  approvals: z.strictObject({ waiting: count, oldest_at: timestamp.optional() }),
  /** Of the last 24 hours, by the reason that agents were given. */
  denials: z.strictObject({
    by_code: z.array(z.strictObject({ code: z.string(), count })),
    by_hour: z.array(z.strictObject({ hour: timestamp, count })),
  }),
  /** Those that are not over. */
  leases: z.array(z.strictObject({ provider: z.string(), state: z.string(), count })),
  /** Revocations that a vendor has not let us finish. */
  revoking: z.strictObject({ count, oldest_at: timestamp.optional() }),
  roots: z.strictObject({
    all: count,
    attention: z.array(
      z.strictObject({
        name,
        owner: name,
        why: z.array(finding.shape.code),
        age_days: count,
        checked_at: timestamp,
      }),
    ),
  }),
  audit: z.strictObject({
    size: count,
    signed: count,
    /** Whether checkpoints are kept outside the database. */
    kept_outside: z.boolean(),
  }),
})
export type Overview = z.infer<typeof overview>
