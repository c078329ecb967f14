import { Secret } from '@credbroker/core/secret'
import type { TaskStarted } from '@credbroker/core/wire/tasks'

export type TokenAnswer = TaskStarted['token']

/** A DPoP-bound access token: worthless without the key it is bound to, hidden all the same. */
export interface AccessToken {
  readonly value: Secret
  /** From here on a new one is fetched before the next use. */
  readonly renewAt: Date
  readonly endsAt: Date
}

/** `askedAt` is when the request was sent, so that time on the wire shortens the life rather than stretching it. */
export function accessTokenFrom(answer: TokenAnswer, askedAt: Date): AccessToken {
  const start = askedAt.getTime()
  const life = answer.expires_in * 1000
  return {
    value: new Secret(answer.access_token),
    renewAt: new Date(start + life * 0.8),
    endsAt: new Date(start + life),
  }
}
