import { createPrivateKey } from 'node:crypto'
import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'

/** GitHub hands it out as PKCS #1. */
const isSigningKey = (pem: string): boolean => {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
  } catch {
    return false
  }
}

/** The key of a GitHub App, and which of its installations mints. */
export const root = z.strictObject({
  /** The App’s id, or its client id. */
  appId: z.string().regex(/^[A-Za-z0-9.]{1,64}$/, 'an App’s id or client id'),
  installationId: z.string().regex(/^[1-9][0-9]{0,14}$/, 'the number of an installation'),
  privateKey: z
    .string()
    .max(16_384)
    .refine(isSigningKey, 'the PEM of an RSA key of 2048 bits or more')
    .transform((pem) => new Secret(pem)),
  /** `https://api.<name>.ghe.com` for GitHub Enterprise Cloud with data residency. */
  origin: z
    .string()
    .max(300)
    .refine((text) => {
      const url = URL.parse(text)
      return url?.origin === text && /^https?:$/.test(url.protocol)
    }, '`https://host`, nothing after it')
    .default('https://api.github.com'),
})
export type GithubRoot = z.infer<typeof root>
