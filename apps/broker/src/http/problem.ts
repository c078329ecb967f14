import { BrokerError, ERRORS } from '@credbroker/core/errors'
import type { ProblemBody } from '@credbroker/core/wire/problem'
import type { Context } from 'hono'
import { NothingGranted } from '../application/start-task.ts'
import type { Log } from '../ports/log.ts'
import { deniedView } from './views/grant.ts'

/** The one place where an error becomes a response (RFC 9457). What is not ours is a bare 500 and a line in the log. */
export function problemResponse(c: Context, error: unknown, requestId: string, log: Log): Response {
  const ours = error instanceof BrokerError ? error : new BrokerError('internal', { cause: error })
  const { status, title, retryable, todo, oauth } = ERRORS[ours.code]
  if (status >= 500) log.error({ requestId, code: ours.code, err: error }, 'request failed')
  const { problems, required, approvalUrl, retryAfterSeconds } = ours.details
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
    ...(approvalUrl && { approval_url: approvalUrl }),
    ...(retryAfterSeconds && { retry_after: retryAfterSeconds }),
    ...(ours instanceof NothingGranted && { grants: ours.decisions.flatMap(deniedView) }),
  }
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (status === 401) headers.set('www-authenticate', `DPoP error="${oauth}", algs="ES256"`)
  if (retryAfterSeconds) headers.set('retry-after', String(retryAfterSeconds))
  // RFC 6749 §5.2 fixes the form of errors at OAuth endpoints.
  if (c.req.path.startsWith('/oauth/')) {
    const oauthStatus = status === 401 && oauth !== 'invalid_client' ? 400 : status === 403 ? 400 : status
    return c.json(
      { error: oauth, error_description: ours.code === 'internal' ? title : ours.message },
      oauthStatus as 400,
      Object.fromEntries(headers),
    )
  }
  headers.set('content-type', 'application/problem+json')
  return c.body(JSON.stringify(body), status as 400, Object.fromEntries(headers))
}
