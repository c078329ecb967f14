import { type ClientKey, generateClientKey, importClientKey } from '@credbroker/core/client-key'
import type { Secret } from '@credbroker/core/secret'
import type { UseCases } from '../use-cases.ts'
import { enrolLocalAdmin, FIRST_ADMIN } from './first-run.ts'

/** What the command line keeps of this machine's administrator. */
export interface LocalProfile {
  readonly url: string
  readonly issuer: string
  readonly principal: `user:${string}`
  readonly key: Secret
  readonly keyEndsAt: string
}

/** Where profiles are kept is the command line's business. */
export interface SaveProfile {
  /** The key that an earlier run saved for this broker, if any. */
  existing(): Promise<Secret | undefined>
  /** Answers the name under which it was saved. */
  save(profile: LocalProfile): Promise<string>
}

/** Makes sure that the very next command on this machine works. */
export async function localAdmin(cases: UseCases, url: string, profiles: SaveProfile): Promise<string> {
  const known = await stillEnrolled(cases, await profiles.existing())
  const key = known?.key ?? generateClientKey()
  const keyEndsAt = known?.endsAt ?? (await enrolLocalAdmin(cases.parts.inviting, key)).endsAt
  const principal = `user:${FIRST_ADMIN}` as const
  return await profiles.save({ url, issuer: url, principal, key: key.privateJwk, keyEndsAt })
}

const RENEW_BEFORE_MS = 24 * 3600 * 1000

async function stillEnrolled(
  { world, parts }: UseCases,
  privateJwk: Secret | undefined,
): Promise<{ key: ClientKey; endsAt: string } | undefined> {
  if (!privateJwk) return undefined
  try {
    const key = importClientKey(privateJwk)
    const { key: enrolled } = await parts.keys.live(key.thumbprint)
    const lives = Date.parse(enrolled.endsAt) - world.clock.now().getTime() > RENEW_BEFORE_MS
    return lives && enrolled.principal === `user:${FIRST_ADMIN}`
      ? { key, endsAt: enrolled.endsAt }
      : undefined
  } catch {
    return undefined
  }
}
