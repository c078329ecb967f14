import { ERRORS } from '@credbroker/core/errors'
import { problem } from '@credbroker/core/wire/problem'
import type { Server } from './server.ts'

/** By what a route does: whatever can refuse it there. */
interface Doing {
  /** Needs no token. */
  readonly open: boolean
  readonly takesBody: boolean
  /** Changes something, here or at a vendor. */
  readonly changes: boolean
  /** What it shows may not be there yet. */
  readonly waits?: boolean
}

const ALWAYS = [400, 404, 405, 500, 503]
const WHO = [401, 403]
const BODY = [413, 415]
const CHANGE = [409, 422, 429, 501, 502, 504]

/** How a description names each refusal of a route, in place of `default`: what is not listed is a fault of ours. */
export function refusalsOf({
  open,
  takesBody,
  changes,
  waits = false,
}: Doing): Record<number, { $ref: string }> {
  // A body may carry what says who asks: an enrolment token, the answer of a passkey.
  const statuses = [
    ...ALWAYS,
    ...(open && !takesBody ? [] : WHO),
    ...(takesBody ? BODY : []),
    ...(changes ? CHANGE : []),
    ...(waits ? [409] : []),
  ]
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${status}` }]))
}

const text = { schema: { type: 'string' as const } }
/** What a refusal carries besides its body, by status. */
export const HEADERS: Readonly<Record<number, Record<string, { schema: { type: 'string' | 'integer' } }>>> = {
  401: { 'WWW-Authenticate': text, 'DPoP-Nonce': text },
  405: { Allow: text },
  409: { 'Retry-After': { schema: { type: 'integer' } } },
  429: { 'Retry-After': { schema: { type: 'integer' } } },
  503: { 'Retry-After': { schema: { type: 'integer' } } },
}

/** Once for the whole description: every refusal of ours is a problem (RFC 9457). */
export function describeRefusals({ openAPIRegistry: registry }: Server): void {
  registry.register('Problem', problem)
  const schema = { $ref: '#/components/schemas/Problem' }
  for (const status of new Set([...ALWAYS, ...WHO, ...BODY, ...CHANGE])) {
    const codes = Object.entries(ERRORS).filter(([, row]) => row.status === status)
    const headers = HEADERS[status]
    registry.registerComponent('responses', String(status), {
      description: codes.map(([code, { title }]) => `\`${code}\`: ${title}`).join(' · '),
      ...(headers && { headers }),
      content: { 'application/problem+json': { schema } },
    })
  }
}
