import type { Secret } from '@credbroker/core/secret'
import { LocalError } from '../usage-error.ts'

/**
 * What was handed in as a root credential, as the provider's JSON document. A bare `postgres://` URL is a
 * document as it is. Which fields a document needs, its provider knows.
 *
 * @throws LocalError that repeats nothing of the text
 */
export function rootDocument(secret: Secret): unknown {
  const text = secret.expose()
  if (/^postgres(ql)?:\/\/\S+$/.test(text)) return text
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // The parser's message quotes the secret.
  }
  throw new LocalError('The credential is neither a JSON document nor a postgres:// URL.', {
    advice: 'docs/providers shows the document of each provider.',
  })
}
