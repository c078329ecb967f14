import { access } from '@credbroker/core/names'
import type { Grant } from '@credbroker/sdk/grant'
import type { Task } from '@credbroker/sdk/task'
import { z } from 'zod'

/** What a tool says of a scope. There is no field that a credential could be in. */
export const scopeView = z.strictObject({
  scope: z.string(),
  state: z.enum(['active', 'pending', 'denied', 'ended']),
  access: z.array(access),
  denied_access: z.array(z.strictObject({ access, reason: z.string() })).optional(),
  ends_at: z.string().optional(),
  use: z.enum(['run_operation', 'broker exec']).optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
  required: z.array(z.string()).optional(),
  approval_url: z.string().optional(),
})
export type ScopeView = z.infer<typeof scopeView>

export const taskView = z.strictObject({
  id: z.string(),
  environment: z.string(),
  purpose: z.string(),
  state: z.enum(['active', 'ended']),
  end_reason: z.string().optional(),
  ends_at: z.string(),
  scopes: z.array(scopeView),
})

export const viewScope = (grant: Grant): ScopeView => ({
  scope: grant.scope,
  state: grant.state,
  access: [...grant.access],
  ...(grant.deniedAccess && {
    denied_access: grant.deniedAccess.map(({ access, reason }) => ({ access, reason })),
  }),
  ...(grant.endsAt && { ends_at: grant.endsAt.toISOString() }),
  ...(grant.state === 'active' && { use: grant.gateway ? 'run_operation' : 'broker exec' }),
  ...(grant.code !== undefined && { code: grant.code }),
  ...(grant.reason !== undefined && { reason: grant.reason }),
  ...(grant.required !== undefined && { required: [...grant.required] }),
  ...(grant.approvalUrl !== undefined && { approval_url: grant.approvalUrl }),
})

export const viewTask = (task: Task): z.infer<typeof taskView> => ({
  id: task.id,
  environment: task.environment,
  purpose: task.purpose,
  state: task.state,
  ...(task.endReason !== undefined && { end_reason: task.endReason }),
  ends_at: task.endsAt.toISOString(),
  scopes: task.grants.map(viewScope),
})
