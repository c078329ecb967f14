import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { freeText } from '@credbroker/core/names'
import { z } from '@hono/zod-openapi'
import { consoleUrl } from '../../../domain/console-url.ts'
import { publicUrl } from '../../caller-of.ts'
import { fromOf } from '../../from.ts'
import { oauthEndpoint } from '../../oauth/endpoint.ts'
import { requireOurselves } from '../../oauth/target.ts'
import type { HttpDeps, Server } from '../../server.ts'

const host = freeText(100)
const form = z.object({
  client_id: z.literal('broker-cli'),
  host: host.optional(),
  dpop_jkt: z.string().optional(),
  resource: z.string().optional(),
})
const answer = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  expires_in: z.number().int(),
  interval: z.number().int(),
})

/** RFC 7638, SHA-256. @throws BrokerError `invalid_request` */
function thumbprintOf(text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9_-]{43}$/.test(text)) return text
  throw new BrokerError('invalid_request', { detail: 'dpop_jkt is the SHA-256 thumbprint of a key' })
}

/**
 * `POST /oauth/device_authorization` (RFC 8628 §3.1). There is no `verification_uri_complete`: a link that carries the
 * code is a link to send to somebody else (§5.4).
 */
export function deviceAuthorizationRoute(server: Server, { cases, issuer }: HttpDeps): void {
  const summary = 'A machine asks to act for a person (RFC 8628), by a key of its own'
  oauthEndpoint(server, '/oauth/device_authorization', { summary, form, answer }, async (c, parameters) => {
    requireOurselves(parameters, issuer)
    if (c.req.header('authorization') !== undefined) throw new BrokerError('unauthenticated')
    if (parameters.get('scope') !== undefined)
      throw new BrokerError('invalid_scope', { detail: 'A person’s token has no scope' })
    const said = parameters.get('host')
    if (said !== undefined && !host.safeParse(said).success)
      throw new BrokerError('invalid_request', { detail: 'host is at most 100 characters' })
    const asked = await cases.oauth.askDevice({
      clientId: parameters.get('client_id'),
      host: said,
      dpopJkt: thumbprintOf(parameters.get('dpop_jkt')),
      dpop: c.req.header('dpop'),
      url: publicUrl(c, issuer),
      from: fromOf(c),
    })
    return c.json(
      {
        device_code: asked.deviceCode.expose(),
        user_code: asked.userCode,
        verification_uri: `${consoleUrl(issuer)}/device`,
        expires_in: LIMITS.deviceSeconds,
        interval: LIMITS.deviceIntervalSeconds,
      },
      200,
    )
  })
}
