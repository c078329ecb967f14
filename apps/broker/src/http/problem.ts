import { BrokerError, ERRORS } from '@credbroker/core/errors'
import type { ProblemBody } from '@credbroker/core/wire/problem'
import type { Context } from 'hono'
import { NothingGranted } from '../application/tasks/start-task.ts'
import { approvalUrl } from '../domain/console-url.ts'
import type { Log } from '../ports/log.ts'
import { challenge } from './oauth/challenge.ts'
import { oauthError } from './oauth/error-body.ts'
import type { HttpEnv } from './server.ts'
import { deniedView } from './views/grant.ts'

/** The one place where an error becomes a response (RFC 9457). What is not ours is a bare 500 and a line in the log. */
export function problemResponse(c: Context<HttpEnv>, error: unknown, issuer: string, log: Log): Response {
  const requestId = c.get('requestId')
  const ours = error instanceof BrokerError ? error : new BrokerError('internal', { cause: error })
  const { status, title, retryable, todo } = ERRORS[ours.code]
  if (status >= 500) log.error({ requestId, code: ours.code, err: error }, 'request failed')
  const { problems, required, approval, retryAfterSeconds } = ours.details
  const body: ProblemBody = {
    type: `https://credbroker.dev/errors#${ours.code}`,
    title,
    status,
    code: ours.code,
    todo,
    request_id: requestId,
    retryable,
    ...(ours.code !== 'internal' && ours.message !== title && { detail: ours.message }),
    ...(problems && { problems: problems.map(({ at, message }) => ({ at, message })) }),
    ...(required && { required: [...required] }),
    ...(approval && { approval_url: approvalUrl(issuer, approval) }),
    ...(retryAfterSeconds && { retry_after: retryAfterSeconds }),
    ...(ours instanceof NothingGranted && {
      grants: ours.decisions.flatMap((one) => deniedView(one, ours.environment)),
    }),
  }
  const headers = new Headers({ 'cache-control': 'no-store' })
  const oauth = c.req.path.startsWith('/oauth/') ? oauthError(c, ours) : undefined
  const withCredentials = c.req.header('authorization') !== undefined
  // OAuth libraries take every answer that has it for a challenge, whatever its status.
  if ((oauth?.status ?? status) === 401)
    headers.set('www-authenticate', challenge(issuer, ours.code, withCredentials))
  if (retryAfterSeconds) headers.set('retry-after', String(retryAfterSeconds))
  if (oauth) return c.json(oauth.body, oauth.status as 400, Object.fromEntries(headers))
  headers.set('content-type', 'application/problem+json')
  return c.body(JSON.stringify(body), status as 400, Object.fromEntries(headers))
}
