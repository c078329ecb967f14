import type { Credential } from '@credbroker/core/credential'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import { origin } from '../http/root.ts'
import type { Upstream } from '../request.ts'

/**
 * One token. An account or workspace token reaches everything there; a project token reaches one environment of one project,
 * and goes in a header of its own.
 *
 * @see https://docs.railway.com/reference/public-api#authentication
 */
export const root = z.strictObject({
  token: z
    .string()
    .regex(/^[!-~]{8,512}$/, 'a Railway token')
    .transform((value) => new Secret(value)),
  type: z.enum(['account', 'workspace', 'project']),
  /** Another address of the same interface: for a server of one's own, in tests. */
  origin: origin.default('https://backboard.railway.com'),
})
export type RailwayRoot = z.infer<typeof root>

/** A project token, as `railway-project-token` mints it for the environment of a scope. */
export function rootOf(credential: Credential): RailwayRoot {
  if (credential.form !== 'railway') throw new BrokerError('internal', { detail: 'not a token of Railway' })
  return { token: credential.token, type: 'project', origin: credential.origin }
}

export const upstream = ({ token, type, origin }: RailwayRoot): Upstream => ({
  origin,
  credential:
    type === 'project'
      ? { 'project-access-token': token }
      : { authorization: new Secret(`Bearer ${token.expose()}`) },
})
