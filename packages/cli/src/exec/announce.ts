import { BrokerApiError } from '@credbroker/sdk/errors'
import type { Grant } from '@credbroker/sdk/grant'
import { EXIT } from '../cli.ts'
import { printable } from '../render/printable.ts'

/** What `broker exec` says of itself: one line on standard error, as text or, with `--json`, as one object. */
export interface Announcement {
  readonly event: 'started' | 'refused' | 'failed' | 'ended-early' | 'not-ended'
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

export const render = ({ event, text, fields }: Announcement, json: boolean): string =>
  json ? `${JSON.stringify({ event, ...fields })}\n` : `credbroker: ${printable(text)}\n`

export function started(
  task: { readonly id: string; readonly environment: string; readonly grants: readonly Grant[] },
  ends: ReadonlyMap<string, Date>,
  withheld: readonly string[],
): Announcement {
  const scopes = task.grants.map((grant) => {
    const until = ends.get(grant.scope)
    return `${grant.scope} (${[...grant.access, ...(until ? [`until ${clock(until)}`] : [])].join(', ')})`
  })
  const hidden = withheld.length === 0 ? '' : `; ${withheld.length} ambient credentials withheld`
  const grants = task.grants.map(({ scope, access, form, endsAt }) => ({
    scope,
    access,
    form,
    ends_at: endsAt,
  }))
  return {
    event: 'started',
    text: `task ${task.id} in ${task.environment}: ${scopes.join(', ')}${hidden}`,
    fields: { task: task.id, environment: task.environment, grants, withheld },
  }
}

/** Scopes that are not there: nothing is started with half of what was asked for. */
export function refused(grants: readonly Grant[]): Announcement & { readonly exitCode: number } {
  const missing = grants.filter((grant) => grant.state !== 'active')
  const pending = missing.every((grant) => grant.state === 'pending')
  const reasons = missing.map(({ scope, state, code, reason, approvalUrl }) => {
    const why = reason ?? code ?? state
    return `${scope}: ${why}${approvalUrl ? `, ${approvalUrl}` : ''}`
  })
  return {
    event: 'refused',
    exitCode: pending ? EXIT.pending : EXIT.denied,
    text: `${pending ? 'approval pending' : 'denied'}: ${reasons.join('; ')}`,
    fields: {
      grants: missing.map(({ scope, state, code, reason, required, approvalUrl }) => ({
        scope,
        state,
        code,
        reason,
        required,
        approval_url: approvalUrl,
      })),
    },
  }
}

/** Anything thrown before the command ran, or instead of it. */
export function failed(error: unknown): Announcement & { readonly exitCode: number } {
  if (error instanceof BrokerApiError) {
    if (error.grants.length > 0) return refused(error.grants)
    const { code, reason, todo, required, approvalUrl } = error
    const pending = code === 'approval_required'
    const fields = { code, reason, todo, required, approval_url: approvalUrl, request_id: error.requestId }
    const text = [reason, ...(approvalUrl ? [approvalUrl] : []), ...(todo ? [todo] : [])].join(' · ')
    if (error.status !== 403) return { event: 'failed', exitCode: EXIT.failed, text, fields }
    return { event: 'refused', exitCode: pending ? EXIT.pending : EXIT.denied, text, fields }
  }
  const reason = error instanceof Error ? error.message : 'something went wrong'
  return { event: 'failed', exitCode: EXIT.failed, text: reason, fields: { reason } }
}

/** 12:30, in this machine's time zone. */
const clock = (date: Date): string =>
  `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
