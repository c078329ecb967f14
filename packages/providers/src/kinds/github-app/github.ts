import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import { askJson, type JsonAnswer, type JsonQuestion, unavailable } from '../../ask-json.ts'
import type { VendorIo } from '../../provider.ts'

export type Answer = JsonAnswer

interface Question extends Omit<JsonQuestion, 'headers'> {
  readonly bearer: Secret
}

/** Asks GitHub once. @throws {BrokerError} as {@link askJson} does */
export const ask = (origin: string, { bearer, ...question }: Question, io: VendorIo): Promise<Answer> =>
  askJson(
    origin,
    {
      ...question,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${bearer.expose()}`,
        'x-github-api-version': '2022-11-28',
      },
    },
    io,
  )

/** What an answer means that is not the one hoped for. Nothing of what GitHub wrote is repeated. `doing` is ours. */
export function refusal(answer: Answer, doing: string): BrokerError {
  const { status, json } = answer
  if (status === 401)
    return new BrokerError('root_unusable', {
      detail: `GitHub does not accept the App’s key (${doing}): it is another App’s, was deleted, or a clock is wrong`,
    })
  const limited = status === 429 || (status === 403 && /rate limit/i.test(messageOf(json)))
  if (limited || status >= 500) return unavailable(answer)
  if (status === 404)
    return new BrokerError('root_unusable', {
      detail: `GitHub knows no such installation of this App (${doing})`,
    })
  if (status === 422)
    return new BrokerError('vendor_refused', {
      detail: `GitHub refused ${doing}: the installation lacks a repository or a permission that the scope names`,
    })
  return new BrokerError('vendor_refused', { detail: `GitHub refused ${doing}` })
}

const messageOf = (json: unknown): string => {
  const { message } = (typeof json === 'object' && json !== null ? json : {}) as {
    readonly message?: unknown
  }
  return typeof message === 'string' ? message : ''
}
