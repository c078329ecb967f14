import { BrokerError } from '@credbroker/core/errors'
import { idPattern, isId } from '@credbroker/core/ids'
import { approvalAnswer } from '@credbroker/core/wire/approvals'
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Caller } from '../application/identity/caller.ts'
import type { Approval } from '../domain/approval.ts'
import type { HttpDeps, HttpEnv } from './server.ts'
import { approvalView } from './views/approval.ts'

/** The approval that this request names. @throws BrokerError `invalid_request` */
export function namedApproval(c: Context<HttpEnv>): string | undefined {
  const id = c.req.header('broker-approval')
  if (id !== undefined && !isId('approval', id))
    throw new BrokerError('invalid_request', {
      problems: [{ at: 'broker-approval', message: 'is not the id of an approval' }],
    })
  return id
}

const DETAIL = {
  pending: 'A person has to approve this. Nothing was changed; send the same again once they have',
  approved: 'A person has approved this. Send the same again and name the approval',
}

/** 202: nothing was done. The same request comes again with the id of the approval. */
export async function pendingResponse(
  c: Context<HttpEnv>,
  { cases }: HttpDeps,
  approval: Approval,
): Promise<Response> {
  const { snapshot } = await cases.parts.config.current()
  const view = approvalView(approval, {
    snapshot,
    linkTo: cases.approvals.linkTo,
    caller: c.get('caller') as Caller,
  })
  c.header('location', `/v1/approvals/${approval.id}`)
  c.header('broker-approval', approval.id)
  c.header('retry-after', '2')
  const detail = approval.state === 'approved' ? DETAIL.approved : DETAIL.pending
  return c.json({ approval: view, detail } satisfies z.infer<typeof approvalAnswer>, 202)
}

/** What describes both in the API's own description. */
export const PENDING = {
  headers: z.object({
    'broker-approval': z
      .string()
      .regex(idPattern('approval'))
      .optional()
      .openapi({ description: 'The approval under which this is sent again' }),
  }),
  response: {
    description: 'A person has to approve this: nothing was changed',
    headers: {
      Location: { schema: { type: 'string' as const } },
      'Broker-Approval': { schema: { type: 'string' as const } },
      'Retry-After': { schema: { type: 'integer' as const } },
    },
    content: { 'application/json': { schema: approvalAnswer } },
  },
}
