import { BrokerError } from '@credbroker/core/errors'

/** AWS's own name of an error, without the suffix that some services add. */
export const faultName = (error: unknown): string =>
  error instanceof Error ? error.name.replace(/Exception$/, '') : ''

export const isMissing = (error: unknown): boolean => faultName(error) === 'NoSuchEntity'
export const isDenied = (error: unknown): boolean => faultName(error) === 'AccessDenied'

const BAD_KEY = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'UnrecognizedClient',
])

const IN_WORDS: Readonly<Record<string, string>> = {
  LimitExceeded: 'a quota of the account is used up',
  MalformedPolicyDocument: 'it does not take the session policy',
  PackedPolicyTooLarge: 'session policy and tags together are too large: name fewer actions and resources',
  RegionDisabled: 'STS is switched off for this region',
  ValidationError:
    'it does not take one of the parameters; a role’s MaxSessionDuration may be shorter than what was asked',
}

/** What AWS says is never quoted: its messages name keys and principals. `doing` is ours: `sts:AssumeRole`. */
export function vendorFault(error: unknown, doing: string): BrokerError {
  if (error instanceof BrokerError) return error
  const name = faultName(error)
  const status = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode
  if (BAD_KEY.has(name))
    return new BrokerError('root_unusable', {
      detail: `AWS does not accept the key (${doing}): it is wrong, switched off, deleted or expired`,
      cause: error,
    })
  if (isDenied(error))
    return new BrokerError('vendor_refused', { detail: `AWS denies ${doing}`, cause: error })
  const inWords = Object.hasOwn(IN_WORDS, name) ? IN_WORDS[name] : undefined
  if (inWords)
    return new BrokerError('vendor_refused', { detail: `AWS refused ${doing}: ${inWords}`, cause: error })
  if (status === undefined || status >= 500 || status === 429 || /Thrott/.test(name))
    return new BrokerError('vendor_unavailable', { cause: error })
  return new BrokerError('vendor_refused', { detail: `AWS refused ${doing}`, cause: error })
}
