import { ERRORS, type ErrorCode } from '@credbroker/core/errors'
import { BrokerApiError, BrokerUnreachableError } from '@credbroker/sdk/errors'
import type { Grant } from '@credbroker/sdk/grant'
import { EXIT } from '../cli.ts'
import type { Guess } from '../deliver/delivery.ts'
import { printable } from '../render/printable.ts'
import { LocalError } from '../usage-error.ts'
import { NotStartedError } from './run-child.ts'

/** What `broker exec` says of itself: one line on standard error, as text or, with `--json`, as one object. */
export interface Announcement {
  readonly event:
    | 'started'
    | 'refused'
    | 'failed'
    | 'ended-early'
    | 'not-ended'
    | 'approval'
    | 'own-credential'
    | 'no-way-out'
    | 'out-of-reach'
    | 'guessed'
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

export const render = ({ event, text, fields }: Announcement, json: boolean): string =>
  json ? `${JSON.stringify({ event, ...fields })}\n` : `credbroker: ${printable(text)}\n`

export function started(
  task: {
    readonly id: string
    readonly environment: string
    readonly endsAt: Date
    readonly grants: readonly Grant[]
  },
  ends: ReadonlyMap<string, Date>,
  withheld: readonly string[],
  asked?: Date,
): Announcement {
  const scopes = task.grants.map((grant) => {
    const until = ends.get(grant.scope)
    const denied = grant.deniedAccess?.map(({ access }) => `no ${access}`) ?? []
    return `${grant.scope} (${[...grant.access, ...denied, ...(until ? [`until ${clock(until)}`] : [])].join(', ')})`
  })
  const sooner = asked !== undefined && task.endsAt.getTime() < asked.getTime() - CLOCKS_DIFFER_MS
  const short = sooner ? `; over at ${clock(task.endsAt)}, sooner than asked` : ''
  const grants = task.grants.map(({ scope, access, deniedAccess, form, endsAt }) => ({
    scope,
    access,
    denied_access: deniedAccess,
    form,
    ends_at: endsAt,
  }))
  return {
    event: 'started',
    text: `task ${task.id} in ${task.environment}: ${scopes.join(', ')}${short}${hidden(withheld)}`,
    fields: { task: task.id, environment: task.environment, grants, withheld },
  }
}

const CLOCKS_DIFFER_MS = 30_000

/** By name, so that nobody wonders why a tool lost its login; a long list is for `--json`. */
function hidden(withheld: readonly string[]): string {
  if (withheld.length === 0) return ''
  const [shown, rest] = [withheld.slice(0, 3).join(', '), withheld.length - 3]
  return `; withheld: ${shown}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** Servers of the run's own credentials that the sandbox has no way to. */
export const outOfReach = (servers: readonly string[]): Announcement => ({
  event: 'out-of-reach',
  text: `the sandbox reaches other machines by name only, not ${servers.join(', ')}: give the root a host name`,
  fields: { servers },
})

/** Tools that say no repository, with several scopes of one host. */
export const guessed = ({ host, scopes: [first = '', ...others] }: Guess): Announcement => ({
  event: 'guessed',
  text: `at ${host} gh and docker get ${first}, and not ${others.join(', ')}: to choose, name its scope first, or start in a copy of its repository`,
  fields: { host, scope: first, others },
})

/** Before the command, with `--wait`: a call of its own that waits is told by the proxy. */
export const waitingFor = (grants: readonly Grant[]): Announcement => ({
  event: 'approval',
  text: grants
    .map(({ scope, approvalUrl }) => `${scope} waits for a person${approvalUrl ? `: ${approvalUrl}` : ''}`)
    .join('; '),
  fields: {
    grants: grants.map(({ scope, reason, approvalUrl }) => ({ scope, reason, approval_url: approvalUrl })),
  },
})

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
    text: `${pending ? 'approval pending' : 'denied'}: ${[reasons.join('; '), ...(pending ? [WAIT] : todos(missing))].join(' · ')}`,
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

/** The question ends with the task, which ends here. */
const WAIT = 'Run it again with --wait, and open the link that it shows.'

/** What to do next, once each. A policy that says no gives its own reason; nothing general helps there. */
const todos = (grants: readonly Grant[]): string[] => [
  ...new Set(grants.flatMap(({ code }) => (code === 'denied' ? [] : (entry(code)?.todo ?? [])))),
]

const entry = (code: string | undefined) =>
  code !== undefined && Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : undefined

/** Anything thrown before the command ran, or instead of it. */
export function failed(error: unknown): Announcement & { readonly exitCode: number } {
  if (error instanceof BrokerApiError) {
    if (error.grants.length > 0) return refused(error.grants)
    const { code, reason, todo, required, approvalUrl } = error
    const pending = code === 'approval_required'
    const fields = { code, reason, todo, required, approval_url: approvalUrl, request_id: error.requestId }
    const text = [reason, ...(approvalUrl ? [approvalUrl] : []), ...(todo ? [todo] : [])].join(' · ')
    // The token endpoint speaks OAuth, where a denial is a 400.
    if (error.status !== 403 && entry(code)?.status !== 403)
      return { event: 'failed', exitCode: EXIT.failed, text, fields }
    return { event: 'refused', exitCode: pending ? EXIT.pending : EXIT.denied, text, fields }
  }
  const reason = error instanceof Error ? error.message : 'something went wrong'
  const exitCode = error instanceof NotStartedError ? error.exitCode : EXIT.failed
  const text = [reason, ...nextStep(error)].join(' · ')
  return { event: 'failed', exitCode, text, fields: { reason } }
}

function nextStep(error: unknown): string[] {
  if (error instanceof BrokerUnreachableError) return ['`broker doctor` says more.']
  return error instanceof LocalError && error.advice ? [error.advice] : []
}

/** 12:30, in this machine's time zone. */
const clock = (date: Date): string =>
  `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
