import { Secret } from '@credbroker/core/secret'
import type { LeaseAtVendor, RevocationResult, VendorIo } from '../../provider.ts'
import { withdraw } from './app.ts'
import { ask, refusal } from './github.ts'
import type { GithubSpec } from './spec.ts'
import { type GithubHandle, SECONDS, SETTLE_SECONDS } from './token.ts'

const DEAD: RevocationResult = { credentialDead: true, sessionsDead: true }
const ALIVE: RevocationResult = { credentialDead: false, sessionsDead: false }

/**
 * GitHub forgets a token that is shown to it for that, and is believed once it refuses it. Without the token (the mint's answer
 * was lost, so nobody has it) it ends by itself.
 */
export async function endToken(
  { handle, expiresAt }: LeaseAtVendor<GithubSpec, GithubHandle>,
  io: VendorIo,
): Promise<RevocationResult> {
  const deadBy = handle
    ? new Date(handle.until)
    : new Date(expiresAt.getTime() + (SECONDS + SETTLE_SECONDS) * 1000)
  if (io.now() > deadBy) return DEAD
  if (!handle) return { ...ALIVE, deadBy, remains: ['the mint’s answer was lost: the token ends by itself'] }
  const token = new Secret(handle.token)
  const answer = await withdraw(handle.origin, token, io)
  if (answer.status === 401) return DEAD
  if (answer.status !== 204) throw refusal(answer, 'to end a token')
  const again = await ask(
    handle.origin,
    { method: 'GET', path: '/installation/repositories?per_page=1', bearer: token },
    io,
  )
  return again.status === 401
    ? DEAD
    : { ...ALIVE, deadBy, remains: ['GitHub has not forgotten the token yet'] }
}
