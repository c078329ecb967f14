import { BrokerError } from '@credbroker/core/errors'
import { agentOf } from '../../domain/task.ts'
import type { AuditLog } from '../../ports/audit.ts'
import type { Clock } from '../../ports/clock.ts'
import type { AccessTokenVerifier, VerifiedAccessToken } from '../../ports/tokens.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type Caller, hasRole } from '../identity/caller.ts'
import type { KnownKeys } from '../identity/known-keys.ts'
import { type RemoveKeyDeps, removeKey } from '../people/remove-own-key.ts'
import type { endWork } from '../tasks/end-work.ts'

export interface RevokeTokenDeps extends RemoveKeyDeps {
  readonly verifier: AccessTokenVerifier
  readonly keys: KnownKeys
  readonly audit: AuditLog
  readonly clock: Clock
  readonly issuer: string
  readonly end: ReturnType<typeof endWork>
  readonly record: Recorder
}

/**
 * Revokes a token (RFC 7009) by ending what it points to: of a task, the task with its children, grants and leases; of a
 * principal whose key is only lent or from a login, that key. What is unknown or over is revoked already.
 * @throws BrokerError `forbidden` for a token of somebody else's, `unsupported_token_type` where the key was enrolled
 */
export const revokeToken =
  (deps: RevokeTokenDeps) =>
  async (caller: Caller, text: string): Promise<void> => {
    const token = await readable(deps, text)
    if (!token) return
    if (!mayRevoke(caller, token))
      throw new BrokerError('forbidden', { detail: 'This token was issued to somebody else' })
    if (token.kind === 'task') await deps.end({ task: token.task }, 'revoked', caller)
    else await forgetKey(deps, caller, token)
    const { audit, record } = deps
    await audit.append([
      record({
        type: 'token.revoked',
        phase: 'event',
        result: 'ok',
        actor: actorOf(caller),
        request: caller.requestId,
        ...(token.kind === 'task' && { task: token.task }),
        facts: { name: token.clientId },
      }),
    ])
  }

/** RFC 7009 §2.1: only whom it was issued to; and operators, who may end any task anyway. */
function mayRevoke(caller: Caller, token: VerifiedAccessToken): boolean {
  if (token.kind === 'task' && hasRole(caller, 'operator')) return true
  if (token.kind === 'user') return caller.kind === 'user' && token.subject === `user:${caller.name}`
  return caller.kind !== 'user' && agentOf(token.actor) === caller.name
}

/** An enrolment that somebody made by hand does not end because a library tidies up its tokens. */
async function forgetKey(deps: RevokeTokenDeps, caller: Caller, token: VerifiedAccessToken): Promise<void> {
  const stored = await deps.keys.live(token.jkt).catch((error: unknown) => {
    if (error instanceof BrokerError && error.code === 'unauthenticated') return undefined
    throw error
  })
  if (!stored) return
  if (stored.key.principal !== token.clientId) throw new BrokerError('forbidden')
  if (!stored.key.login && !stored.key.lentFor)
    throw new BrokerError('unsupported_token_type', {
      detail: 'This token ends within minutes, and the key it is bound to was enrolled: remove that instead',
    })
  await removeKey(deps, caller, stored.key)
}

async function readable(
  { verifier, issuer, clock }: RevokeTokenDeps,
  text: string,
): Promise<VerifiedAccessToken | undefined> {
  try {
    return await verifier.verifyAccessToken(text, issuer, clock.now())
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'invalid_token') return undefined
    throw error
  }
}
