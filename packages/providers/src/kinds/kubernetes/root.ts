import { createPrivateKey, X509Certificate } from 'node:crypto'
import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import { isNamespace } from './anchor.ts'

const parses = (parse: () => unknown): boolean => {
  try {
    parse()
    return true
  } catch {
    return false
  }
}
const certificate = z
  .string()
  .max(65_536)
  .refine((pem) => parses(() => new X509Certificate(pem)), 'a certificate, PEM')
const namespace = z.string().refine(isNamespace, 'a namespace')

/** Who may make tokens for the service accounts of one namespace: by a token, or by a client certificate. */
export const root = z
  .strictObject({
    /** `https://10.0.0.1:6443` */
    server: z
      .string()
      .max(300)
      .refine((text) => {
        const url = URL.parse(text)
        return url?.origin === text && url.protocol === 'https:'
      }, '`https://host:port`, nothing after it'),
    ca: certificate.optional(),
    /** Where the service accounts are, and the Secrets that their tokens are bound to. */
    namespace,
    token: z
      .string()
      .regex(/^[!-~]{16,8192}$/, 'a bearer token')
      .transform((value) => new Secret(value))
      .optional(),
    client: z
      .strictObject({
        certificate,
        key: z
          .string()
          .max(16_384)
          .refine((pem) => parses(() => createPrivateKey(pem)), 'a private key, PEM')
          .transform((pem) => new Secret(pem)),
      })
      .optional(),
  })
  .refine(({ token, client }) => (token === undefined) !== (client === undefined), {
    path: ['token'],
    message: 'either this or a client certificate',
  })
export type KubernetesRoot = z.infer<typeof root>

export const spec = z.strictObject({
  /** In the namespace of the root. What it may do, its roles say. */
  serviceAccount: z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'the name of a service account'),
  /** Where clients work that name none. */
  namespace,
})
export type KubernetesSpec = z.infer<typeof spec>

/** Where the Secret of the lease is, whatever the root says by then. */
export const handle = z.strictObject({ namespace })
export type KubernetesHandle = z.infer<typeof handle>
