import { z } from 'zod'
import { durationSeconds, name } from '../names.ts'

/** Which platform an issuer speaks for: decides what a rule must bind, and what its tokens look like. */
export const ISSUER_PROFILES = ['github-actions', 'gitlab', 'kubernetes', 'aws', 'spiffe', 'oidc'] as const
export type IssuerProfile = (typeof ISSUER_PROFILES)[number]

/** Asymmetric ones only: whoever knows a public key could sign with the others. */
export const ISSUER_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const
export type IssuerAlgorithm = (typeof ISSUER_ALGORITHMS)[number]

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/

/** `https:`; on loopback `http:` parses too, and is refused where it is used unless private upstreams are allowed. */
const secureUrl = z
  .string()
  .max(512)
  .regex(/^[!-~]+$/, 'printable ASCII without spaces')
  .refine(
    (text) => URL.canParse(text) && (text.startsWith('https://') || LOOPBACK.test(text)),
    'an https URL',
  )
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    return !url || !(url.username || url.password || url.search || url.hash)
  }, 'without user, query or fragment')

const base64url = z.string().regex(/^[A-Za-z0-9_-]{1,1400}$/, 'base64url')

/** A public key, member by member: there is none that could carry a private one. */
const publicKey = z.strictObject({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.string().min(1).max(256),
  use: z.string().max(32).optional(),
  alg: z.string().max(32).optional(),
  crv: z.string().max(32).optional(),
  n: base64url.optional(),
  e: base64url.optional(),
  x: base64url.optional(),
  y: base64url.optional(),
})

/** Who may say that a workload is what it is. Nothing is ever fetched from anybody else. */
export const issuer = z.strictObject({
  /** Exactly the `iss` of its tokens. */
  url: secureUrl,
  profile: z.enum(ISSUER_PROFILES),
  /** Where its keys are, when not where its discovery document says; or the keys themselves, for a cluster without a way out. */
  jwks: z.union([secureUrl, z.strictObject({ keys: z.array(publicKey).min(1).max(32) })]).optional(),
  /** Left out: what its platform signs with. */
  algorithms: z.array(z.enum(ISSUER_ALGORITHMS)).min(1).max(5).optional(),
})

const claimText = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\p{C}]+$/u, 'printable text')
const claimName = z
  .string()
  .regex(/^[!-~]{1,200}$/, 'printable ASCII without spaces')
  .refine(
    (text) => !['glob', 'contains', '__proto__'].includes(text),
    'not `glob`, `contains` or `__proto__`',
  )

/**
 * What a claim must be. Text and booleans are compared exactly, with their type and their case; a list is a set of
 * texts of which it must be one; `glob` stands for texts whose `*` cross neither `/` nor `:`; `contains` is for claims
 * that are lists.
 */
const claimTest = z.union([
  claimText,
  z.boolean(),
  z.array(claimText).min(1).max(64),
  z.strictObject({ glob: claimText }),
  z.strictObject({ contains: claimText }),
])
export type ClaimTest = z.infer<typeof claimTest>

/** Claims inside claims, as Kubernetes and AWS have them, are written as they lie in the token. */
const claims = z.record(
  claimName,
  z.union([claimTest, z.record(claimName, z.union([claimTest, z.record(claimName, claimTest)]))]),
)
export type ClaimTests = z.infer<typeof claims>

/** Which tokens of an issuer sign an agent in. All that is named must hold; what is missing in a token never does. */
export const trustRule = z.strictObject({
  issuer: name,
  claims,
  /** The token's `environment` → ours. With it, a token of no environment named here is refused, and others work in that one only. */
  environments: z.record(claimText, name).optional(),
  /** Shortens the agent's own. */
  maxTask: durationSeconds.optional(),
})
