import { BrokerError } from '@credbroker/core/errors'
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { publicUrl } from '../../caller-of.ts'
import { assertedClient } from '../../oauth/client.ts'
import { oauthEndpoint } from '../../oauth/endpoint.ts'
import type { OAuthForm } from '../../oauth/form.ts'
import { requireOurselves } from '../../oauth/target.ts'
import type { HttpDeps, HttpEnv, Server } from '../../server.ts'
import { exchangedView } from '../../views/oauth.ts'
import { tokenView } from '../../views/token.ts'
import { exchangeOf } from './exchange.ts'
import { GRANT } from './grant-types.ts'

const form = z.object({
  grant_type: z.enum(GRANT),
  assertion: z.string().optional(),
  device_code: z.string().optional(),
  subject_token: z.string().optional(),
  subject_token_type: z.string().optional(),
  subject_token_proof: z.string().optional(),
  actor_token: z.string().optional(),
  actor_token_type: z.string().optional(),
  requested_token_type: z.string().optional(),
  scope: z.string().optional(),
  authorization_details: z.string().optional(),
  resource: z.string().optional(),
  audience: z.string().optional(),
  client_id: z.string().optional(),
  client_assertion_type: z.string().optional(),
  client_assertion: z.string().optional(),
})
const answer = z.object({
  access_token: z.string(),
  token_type: z.literal('DPoP'),
  expires_in: z.number().int(),
  issued_token_type: z.string().optional(),
  scope: z.string().optional(),
  authorization_details: z.array(z.unknown()).optional(),
})

type Grant = (c: Context<HttpEnv>, form: OAuthForm, from: From) => Promise<object>

interface From {
  readonly dpop: string | undefined
  readonly url: string
  readonly requestId: string
}

/** `POST /oauth/token`: what each grant type takes differs, everything around it does not. */
export function tokenRoute(server: Server, deps: HttpDeps): void {
  const { cases, issuer, world } = deps

  /** An enrolled key signs for itself; a platform signs for a workload that brings a fresh key (RFC 7523 §2.1). */
  const jwtBearer: Grant = async (c, form, from) => {
    withoutScope(form)
    const assertion = form.need('assertion')
    const client = await assertedClient(c, deps, form)
    if (world.workloads.claimedIssuer(assertion) === undefined)
      return tokenView(await cases.signIn({ assertion, client, ...from }))
    if (client) throw new BrokerError('unauthenticated', { detail: 'A workload has no key that is enrolled' })
    return tokenView(await cases.signInWorkload({ assertion, clientId: form.get('client_id'), ...from }))
  }

  /** RFC 8693 §2. */
  const exchange: Grant = async (c, form, from) => {
    const client = await assertedClient(c, deps, form)
    const started = await cases.oauth.exchange({ ...exchangeOf(c, form), client, ...from })
    const token = await cases.taskToken(started.task, started.grants)
    return { ...tokenView(token), ...exchangedView(started, cases.approvals.linkTo) }
  }

  /** RFC 8628 §3.4. */
  const deviceCode: Grant = async (c, form, from) => {
    withoutScope(form)
    if (await assertedClient(c, deps, form))
      throw new BrokerError('unauthenticated', { detail: 'This client has no key that is enrolled' })
    const asked = { deviceCode: form.need('device_code'), clientId: form.get('client_id'), ...from }
    return tokenView(await cases.oauth.redeemDevice(asked))
  }

  const grants = new Map<string, Grant>([
    [GRANT.jwtBearer, jwtBearer],
    [GRANT.tokenExchange, exchange],
    [GRANT.deviceCode, deviceCode],
  ])
  const summary = 'A token bound to the key that signs the request (RFC 6749 §3.2, RFC 9449 §5)'
  oauthEndpoint(server, '/oauth/token', { summary, form, answer }, async (c, parameters) => {
    const grant = grants.get(parameters.need('grant_type'))
    if (!grant) throw new BrokerError('unsupported_grant_type')
    requireOurselves(parameters, issuer)
    const from = { dpop: c.req.header('dpop'), url: publicUrl(c, issuer), requestId: c.get('requestId') }
    return c.json(await grant(c, parameters, from), 200)
  })
}

/** The token of an agent or a person carries none, and who asks for one is not given something else. @throws BrokerError `invalid_scope` */
function withoutScope(form: OAuthForm): void {
  if (form.get('scope') !== undefined)
    throw new BrokerError('invalid_scope', {
      detail: 'This token has no scope; exchange it for that of a task',
    })
}
