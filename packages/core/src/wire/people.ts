import { z } from 'zod'
import { freeText, name, timestamp } from '../names.ts'

const base64url = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[A-Za-z0-9_-]*$/, 'base64url')

/** What `navigator.credentials` made (WebAuthn Level 3 §5.1.8), as JSON. What we do not read is left out. */
export const webauthnAnswer = z.object({
  id: base64url(1400),
  rawId: base64url(1400),
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url(4096),
    attestationObject: base64url(16_384).optional(),
    authenticatorData: base64url(4096).optional(),
    signature: base64url(4096).optional(),
    userHandle: base64url(128).nullish(),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(8)
      .optional(),
  }),
  clientExtensionResults: z
    .record(z.string(), z.unknown())
    .default({})
    .transform(() => ({})),
})

/** For the browser as it is; its form is WebAuthn’s. */
export const webauthnOptions = z.record(z.string(), z.unknown())

const setupToken = z.string().max(200)
/** What people call a passkey: `Laptop`. */
const passkeyName = freeText(60).default('Passkey')

export const setupOptionsRequest = z.strictObject({ token: setupToken })
export const setupOptionsAnswer = z.strictObject({ user: name, options: webauthnOptions })
export const setupRequest = z.strictObject({ token: setupToken, name: passkeyName, response: webauthnAnswer })

export const passkeyRequest = z.strictObject({ name: passkeyName, response: webauthnAnswer })
export const assertionRequest = z.strictObject({ response: webauthnAnswer })
export const recoveryRequest = z.strictObject({ code: z.string().min(1).max(60) })

/** `binding`: SHA-256, base64url, of a secret that only this browser window has. */
export const ssoStartRequest = z.strictObject({ binding: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
/** `query`: what the provider added to the redirect URI. `secret`: what `binding` was made of. */
export const ssoRequest = z.strictObject({
  query: z.string().max(8192),
  secret: z.string().regex(/^[A-Za-z0-9_-]{43,128}$/),
})

/** The token is shown once and sent as `Authorization: Bearer`. */
export const sessionStarted = z.strictObject({
  token: z.string(),
  session: z.string(),
  user: name,
  method: z.enum(['passkey', 'recovery', 'sso']),
  ends_at: timestamp,
})
const codes = z.array(z.string())
export const setupAnswer = sessionStarted.extend({ recovery_codes: codes })
export const recoveryCodes = z.strictObject({ recovery_codes: codes })

export const passkeyView = z.strictObject({
  id: z.string(),
  user: name,
  name: z.string(),
  synced: z.boolean(),
  created_at: timestamp,
  used_at: timestamp.optional(),
  invited_by: z.string().optional(),
  tampered: z.boolean(),
})

export const sessionView = z.strictObject({
  id: z.string(),
  user: name,
  method: z.enum(['passkey', 'recovery', 'sso']),
  created_at: timestamp,
  seen_at: timestamp,
  ends_at: timestamp,
  address: z.string().optional(),
  browser: z.string().optional(),
  current: z.boolean(),
  tampered: z.boolean(),
})

/** Who is signed in, in `whoami`. */
export const signedIn = z.strictObject({
  id: z.string(),
  method: z.enum(['passkey', 'recovery', 'sso']),
  amr: z.array(z.string()),
  /** A passkey answered within the last five minutes: what asks for one goes through. */
  stepped_up: z.boolean(),
  ends_at: timestamp,
})
