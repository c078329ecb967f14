import { z } from 'zod'
import { idPattern } from '../ids.ts'
import { durationSeconds, name, timestamp } from '../names.ts'

export const credentialRequest = z.strictObject({ scope: name, ttl: durationSeconds.optional() })

const postgres = z.strictObject({
  form: z.literal('postgres'),
  host: z.string(),
  port: z.number().int(),
  database: z.string(),
  user: z.string(),
  password: z.string(),
  sslmode: z.enum(['disable', 'prefer', 'require', 'verify-ca', 'verify-full']),
  /** PEM. Not secret. */
  ca: z.string().optional(),
})

const aws = z.strictObject({
  form: z.literal('aws'),
  access_key_id: z.string(),
  secret_access_key: z.string(),
  session_token: z.string(),
  region: z.string(),
  endpoint_url: z.string().optional(),
})

const github = z.strictObject({
  form: z.literal('github'),
  token: z.string(),
  api_url: z.string(),
  git_url: z.string(),
  /** As they were named when it was made: `acme/shop`. */
  repositories: z.array(z.string()),
})

const kubernetes = z.strictObject({
  form: z.literal('kubernetes'),
  token: z.string(),
  server: z.string(),
  /** PEM. Not secret. */
  ca: z.string().optional(),
  namespace: z.string(),
})

export const CAPS = ['asked', 'scope', 'grant', 'provider', 'default'] as const

/** The one answer that carries a minted credential. It is given once and never again. */
export const credentialAnswer = z.strictObject({
  lease: z.string().regex(idPattern('lease')),
  scope: name,
  environment: name,
  credential: z.discriminatedUnion('form', [postgres, aws, github, kubernetes]),
  expires_at: timestamp,
  /** When everything minted is dead even if the vendor cannot be reached. */
  dead_by: timestamp,
  /** Which limit decided the life: what was asked, the scope, the grant's end, or the provider. */
  capped_by: z.enum(CAPS),
})
export type CredentialAnswer = z.infer<typeof credentialAnswer>
