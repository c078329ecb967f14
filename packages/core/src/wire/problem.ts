import { z } from 'zod'
import { errorCode, grant } from './tasks.ts'

/** `application/problem+json` (RFC 9457). `code` is the stable name; `type` is its page in the documentation. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: errorCode,
  detail: z.string().optional(),
  /** What to do next. */
  todo: z.string().optional(),
  request_id: z.string(),
  retryable: z.boolean(),
  problems: z.array(z.object({ at: z.string(), message: z.string() })).optional(),
  required: z.array(z.string()).optional(),
  approval_url: z.string().optional(),
  retry_after: z.number().int().optional(),
  /** For a task with nothing granted: the reason per scope. */
  grants: z.array(grant).optional(),
})
export type ProblemBody = z.infer<typeof problem>
