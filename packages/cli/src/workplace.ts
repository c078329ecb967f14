import type { AuditEvent } from '@credbroker/core/audit/event'
import type { ApprovalView } from '@credbroker/core/wire/approvals'
import type { auditSearchPage } from '@credbroker/core/wire/events'
import type { TaskView } from '@credbroker/core/wire/tasks'
import { BrokerApiError } from '@credbroker/sdk/errors'
import type { z } from 'zod'
import { type Client, segment } from './client.ts'

type Found = z.infer<typeof auditSearchPage>
/** A claim has no more. */
const MOST_ALLOWED = 20

type Work = NonNullable<ApprovalView['work']>

/** What a client says of the place where its agent works, under the names that a receipt has for it. */
export interface Workplace {
  readonly scan?: TaskView['scan']
  readonly sandbox?: boolean | undefined
  readonly allowed_findings?: readonly { readonly finding: string; readonly reason: string }[] | undefined
}

/** A question with what is claimed of the workplace among the claims. */
export type Placed = Omit<ApprovalView, 'work'> & {
  readonly work?: (Omit<Work, 'claimed'> & { readonly claimed: Work['claimed'] & Workplace }) | undefined
}

/** Adds it to each question of a task. What cannot be read is left out: the question is shown without it. */
export async function placed(client: Client, views: readonly ApprovalView[]): Promise<Placed[]> {
  const known = new Map<string, Workplace>()
  for (const { work } of views)
    if (work && !known.has(work.task)) known.set(work.task, await workplaceOf(client, work.task))
  return views.map(({ work, ...view }) => ({
    ...view,
    ...(work && { work: { ...work, claimed: { ...work.claimed, ...known.get(work.task) } } }),
  }))
}

async function workplaceOf(client: Client, task: string): Promise<Workplace> {
  const found = await unlessRefused(client.get<TaskView>(`/v1/tasks/${segment(task)}`))
  if (!found) return {}
  const { scan, sandbox = false } = found
  const allowed = scan === 'allowed' ? await unlessRefused(allowedIn(client, task)) : undefined
  return { ...(scan && { scan }), sandbox, ...(allowed && { allowed_findings: allowed }) }
}

/** The log has them, with the reasons; it is for people who may look. */
async function allowedIn(client: Client, task: string): Promise<Workplace['allowed_findings']> {
  const query = { task, type: 'finding.allowed', limit: MOST_ALLOWED }
  const { items } = await client.get<Found>('/v1/audit/events', query)
  return items.map(({ event }) => {
    const { facts, reason = '' } = event as unknown as AuditEvent
    return { finding: String(facts?.finding ?? ''), reason }
  })
}

async function unlessRefused<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof BrokerApiError) return undefined
    throw error
  }
}
