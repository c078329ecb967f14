import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import { origin } from '../http/root.ts'
import type { Upstream } from '../request.ts'

/** A token that a git server takes as a password, and the one server that may see it. */
export const root = z.strictObject({
  origin,
  /** GitHub takes any name; GitLab wants `oauth2`, others the user’s own. */
  username: z
    .string()
    .regex(/^[A-Za-z0-9._@+-]{1,100}$/, 'a user name')
    .default('x-access-token'),
  token: z
    .string()
    .regex(/^[!-~]{8,2048}$/, 'a token: printable ASCII without spaces')
    .transform((value) => new Secret(value)),
})
export type GitRoot = z.infer<typeof root>

export const gitUpstream = ({ origin, username, token }: GitRoot): Upstream => ({
  origin,
  credential: {
    authorization: new Secret(`Basic ${Buffer.from(`${username}:${token.expose()}`).toString('base64')}`),
  },
})
