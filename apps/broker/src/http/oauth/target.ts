import { BrokerError } from '@credbroker/core/errors'
import type { OAuthForm } from './form.ts'

/**
 * Every token is for one audience, the broker itself: who names another, or two, is refused rather than given something
 * else than was asked for (RFC 8707 §2, RFC 8693 §2.2.2). @throws BrokerError `invalid_target`
 */
export function requireOurselves(form: OAuthForm, issuer: string): void {
  const wanted = [...form.all('resource'), ...form.all('audience')]
  if (wanted.length > 1)
    throw new BrokerError('invalid_target', {
      detail: 'A token has one audience: send one resource or audience',
    })
  const [one] = wanted
  if (one !== undefined && one !== issuer && one !== `${issuer}/`) throw new BrokerError('invalid_target')
}
