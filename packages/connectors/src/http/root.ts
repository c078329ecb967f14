import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import type { Upstream } from '../request.ts'

const secret = z
  .string()
  .min(1)
  .max(8192)
  .regex(/^[!-~]+$/, 'printable ASCII without spaces')
  .transform((value) => new Secret(value))

/** `https://api.example.com`, spelled as the URL standard spells it, without path, user or trailing dot. */
export const origin = z
  .string()
  .max(300)
  .refine((text) => {
    const url = URL.parse(text)
    return url?.origin === text && url.protocol === 'https:' && !url.hostname.endsWith('.')
  }, '`https://host` or `https://host:port`, in lower case, nothing after it')

/** Headers that say where a request goes or how it is framed; a credential is in none of them. */
const NEVER =
  /^(host|content-.*|transfer-encoding|connection|upgrade|te|trailer|expect|x-forwarded-.*|forwarded)$/

/** A key that is shown in one header. Where it may be sent belongs to it, and no scope can say otherwise. */
export const headerRoot = z.strictObject({
  origin,
  header: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, 'a header’s name in lower case')
    .refine((name) => !NEVER.test(name), 'not a header that carries credentials')
    .default('authorization'),
  /** What stands before the secret, such as `Bearer` or `Token`; `none` for nothing. */
  scheme: z.union([z.literal('none'), z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,31}$/)]).default('Bearer'),
  secret,
})

export type HeaderRoot = z.infer<typeof headerRoot>

export function headerUpstream(root: HeaderRoot): Upstream {
  const value = root.scheme === 'none' ? root.secret.expose() : `${root.scheme} ${root.secret.expose()}`
  return { origin: root.origin, credential: { [root.header]: new Secret(value) } }
}

/** An anchor of a vendor that we know nothing of: the host, and what the operator says after it. */
export const hostAnchor = {
  syntax: '<host> or <host>/<segments that scopes declare>',
  accepts: (anchor: string) =>
    /^[a-z0-9.-]{1,253}(:\d{1,5})?(\/[A-Za-z0-9._~:@-]{1,128}){0,6}$/.test(anchor) &&
    !/\/\.{1,2}(\/|$)/.test(anchor),
} as const
