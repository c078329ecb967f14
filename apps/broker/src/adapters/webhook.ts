import { createHmac } from 'node:crypto'
import type { Secret } from '@credbroker/core/secret'
import type { Clock } from '../ports/clock.ts'
import type { Egress } from '../ports/egress.ts'
import type { NoticeSender } from '../ports/notices.ts'

export interface WebhookDeps {
  readonly url: URL
  /** The key itself, in base64. */
  readonly key: Secret
  readonly egress: Egress
  readonly clock: Clock
}

const TIMEOUT_MS = 10_000

/** Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, so that the receiver knows who sent it, and that it is no replay. */
export const webhook = ({ url, key, egress, clock }: WebhookDeps): NoticeSender => ({
  async send(id, payload, signal) {
    const timestamp = String(Math.floor(clock.now().getTime() / 1000))
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'credbroker',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signatureOf(key, `${id}.${timestamp}.${payload}`)}`,
    }
    const upstream = { origin: url.origin, credential: {} }
    const request = { method: 'POST', target: `${url.pathname}${url.search}`, headers, body: payload }
    const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
    const { status, body } = await egress.send(upstream, request, limited)
    // What it says is of no interest; leaving its body ends the connection.
    for await (const _ of body) break
    if (status < 200 || status > 299) throw new Error(`the webhook answered ${status}`)
  },
})

const signatureOf = (key: Secret, text: string): string =>
  createHmac('sha256', Buffer.from(key.expose(), 'base64')).update(text).digest('base64')
