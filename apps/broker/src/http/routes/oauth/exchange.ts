import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { name } from '@credbroker/core/names'
import { type TaskDetails, taskDetails } from '@credbroker/core/wire/oauth'
import type { Context } from 'hono'
import type { Exchange } from '../../../application/oauth/exchange-token.ts'
import { idempotencyKey } from '../../idempotency-key.ts'
import type { OAuthForm } from '../../oauth/form.ts'
import type { HttpEnv } from '../../server.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

type Parsed = Pick<
  Exchange,
  'subjectToken' | 'actorToken' | 'subjectProof' | 'scopes' | 'details' | 'idempotencyKey'
>

/** The parameters of a token exchange (RFC 8693 §2.1). @throws BrokerError `invalid_request`, `invalid_scope`, `invalid_authorization_details` */
export function exchangeOf(c: Context<HttpEnv>, form: OAuthForm): Parsed {
  const subjectToken = form.need('subject_token')
  accessTokenOnly(form.need('subject_token_type'))
  accessTokenOnly(form.get('requested_token_type'))
  const actorToken = form.get('actor_token')
  const actorType = form.get('actor_token_type')
  if ((actorToken === undefined) !== (actorType === undefined))
    throw new BrokerError('invalid_request', { detail: 'actor_token and its type belong together' })
  accessTokenOnly(actorType)
  return {
    subjectToken,
    actorToken,
    subjectProof: form.get('subject_token_proof'),
    scopes: scopesOf(form.get('scope')),
    details: detailsOf(form.get('authorization_details')),
    idempotencyKey: idempotencyKey(c),
  }
}

function accessTokenOnly(type: string | undefined): void {
  if (type !== undefined && type !== ACCESS_TOKEN)
    throw new BrokerError('invalid_request', { detail: `The only token type here is ${ACCESS_TOKEN}` })
}

/** RFC 6749 §3.3. There is no default: what is not asked for is not given. */
function scopesOf(text: string | undefined): string[] {
  const scopes = text?.split(' ') ?? []
  const distinct = new Set(scopes)
  const valid = scopes.every((scope) => name.safeParse(scope).success) && distinct.size === scopes.length
  if (!valid || scopes.length === 0 || scopes.length > LIMITS.scopesPerTask)
    throw new BrokerError('invalid_scope')
  return scopes
}

/** RFC 9396 §5: what we do not understand, we refuse. */
function detailsOf(text: string | undefined): TaskDetails | undefined {
  if (text === undefined) return undefined
  const parsed = taskDetails.array().length(1).safeParse(parse(text))
  if (!parsed.success)
    throw new BrokerError('invalid_authorization_details', { detail: wrong(parsed.error.issues) })
  return parsed.data[0]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Which of our own fields, never what was sent. */
function wrong(issues: readonly { readonly code: string; readonly path: readonly PropertyKey[] }[]): string {
  const field = String(issues[0]?.path[1] ?? '')
  if (issues[0]?.code === 'unrecognized_keys') return 'A field is not known'
  return field in taskDetails.shape
    ? `${field} is missing or not valid`
    : 'A JSON array of one object is expected'
}
