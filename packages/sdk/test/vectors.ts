import { readFileSync } from 'node:fs'
import type { FillRandom } from '@credbroker/core/ids'
import { apiError, BrokerUnreachableError, oauthError } from '../src/errors.ts'

/** What a JSON file says, unchecked. */
export type Data = ReturnType<typeof JSON.parse>

/** The rules that both SDKs keep, as data: sdks/vectors/README.md. */
export const vectors = (name: string): Data =>
  JSON.parse(readFileSync(new URL(`../../../sdks/vectors/${name}.json`, import.meta.url), 'utf8'))

/** Random bytes that a vector gives. */
export const bytes =
  (hex: string): FillRandom =>
  (into) => {
    into.set(Buffer.from(hex, 'hex').subarray(0, into.length))
    return into
  }

/** Header and claims of a JWS. */
export const decoded = (jws: string): [header: Record<string, unknown>, claims: Record<string, unknown>] => {
  const part = (index: number) => JSON.parse(Buffer.from(jws.split('.')[index] ?? '', 'base64url').toString())
  return [part(0), part(1)]
}

/** What goes wrong in a vector: no answer, a problem, or an OAuth error. */
export function failure(said: unknown): Error {
  if (said === 'unreachable') return new BrokerUnreachableError('lost')
  if (typeof said !== 'object' || said === null) return new Error(`${said}`)
  const answer = said as { readonly status: number; readonly error?: string }
  return answer.error === undefined ? apiError(answer) : oauthError(answer.status, answer)
}
