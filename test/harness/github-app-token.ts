import { createPublicKey, verify } from 'node:crypto'

/** What GitHub answers, with a status. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The App that signed this, as GitHub reads it: RS256, not of the future, alive, for ten minutes at most. */
export function asApp<App extends { readonly publicKey: string }>(
  bearer: string,
  apps: ReadonlyMap<string, App>,
  now: number,
): App {
  const [head = '', claims = '', signature = ''] = bearer.split('.')
  const { alg } = json(head) as { alg?: string }
  const { iss = '', iat = 0, exp = 0 } = json(claims) as { iss?: string; iat?: number; exp?: number }
  const app = apps.get(String(iss))
  const seconds = now / 1000
  const timely = iat <= seconds && exp > seconds && exp - iat <= 600
  const signed = Buffer.from(`${head}.${claims}`)
  if (
    !app ||
    alg !== 'RS256' ||
    !timely ||
    !verify('RSA-SHA256', signed, createPublicKey(app.publicKey), Buffer.from(signature, 'base64url'))
  )
    throw new Refusal(401, 'A JSON web token could not be decoded')
  return app
}

const json = (part: string): unknown => {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return {}
  }
}
