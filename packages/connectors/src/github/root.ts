import type { Credential } from '@credbroker/core/credential'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import { origin } from '../http/root.ts'
import type { Upstream } from '../request.ts'

/** An installation token, as `github-app` mints it for a scope. */
export const root = z.strictObject({
  token: z
    .string()
    .regex(/^[!-~]{20,4096}$/, 'an installation token')
    .transform((value) => new Secret(value)),
  origin: origin.default('https://api.github.com'),
})
export type GithubRoot = z.infer<typeof root>

export function rootOf(credential: Credential): GithubRoot {
  if (credential.form !== 'github') throw new BrokerError('internal', { detail: 'not a token of GitHub' })
  return { token: credential.token, origin: credential.apiUrl }
}

export const upstream = ({ token, origin }: GithubRoot): Upstream => ({
  origin,
  credential: { authorization: new Secret(`Bearer ${token.expose()}`) },
})
