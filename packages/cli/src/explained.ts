import { ERRORS } from '@credbroker/core/errors'
import { apiError, BrokerApiError } from '@credbroker/sdk/errors'

/** The word of the command line for what a path lists. */
const WORDS: Readonly<Record<string, string>> = {
  environments: 'env',
  scopes: 'scope',
  issuers: 'issuer',
  agents: 'agent',
  teams: 'team',
  users: 'user',
  roots: 'root',
  policies: 'policy',
  tasks: 'task',
  grants: 'grant',
  leases: 'lease',
}

/**
 * What a refusal means to who typed the command. The broker knows neither which commands there are nor which profile was
 * chosen. Names only what the profile says, never what was asked for: that may be a credential pasted in the wrong place.
 */
export function explained(error: unknown, path: string, principal: string): unknown {
  if (!(error instanceof BrokerApiError)) return error
  const word = WORDS[/^\/v1\/([a-z]+)\/[^/?]+/.exec(path)?.[1] ?? '']
  if (error.code === 'not_found' && word !== undefined)
    return retold(error, {
      ...(error.reason === ERRORS.not_found.title && { detail: `There is no such ${word}` }),
      todo: `\`broker ${word} list\` shows what there is.`,
    })
  if (error.code === 'forbidden')
    return retold(error, {
      todo: `You are ${principal} here. Choose another profile with --profile, or ask someone whose role allows it.`,
    })
  return error
}

function retold(error: BrokerApiError, change: { readonly detail?: string; readonly todo: string }) {
  const { code, status, reason, required, retryable, requestId } = error
  return apiError({
    status,
    ...(code !== 'unknown' && { code }),
    detail: reason,
    retryable,
    ...(required.length > 0 && { required: [...required] }),
    ...(requestId !== undefined && { request_id: requestId }),
    ...change,
  })
}
