import { BrokerError } from '@credbroker/core/errors'
import { actingIn, agentOf, type Task } from '../../domain/task.ts'
import type { AuditLog } from '../../ports/audit.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Holder, LineageReader } from '../../ports/delegation.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { AccessTokenVerifier, VerifiedAccessToken } from '../../ports/tokens.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { liveAgent } from '../identity/authenticate.ts'
import { actorOf, type Caller, hasRole } from '../identity/caller.ts'
import type { KnownKeys } from '../identity/known-keys.ts'
import { principalAccess } from '../identity/principal-access.ts'
import { requireHeld, requireLiving } from '../tasks/lineage.ts'

export interface IntrospectDeps {
  readonly verifier: AccessTokenVerifier
  readonly lineage: LineageReader
  readonly keys: KnownKeys
  readonly config: LiveConfig
  readonly macs: Macs
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly issuer: string
}

/** A token that is good right now, with what it points to as stored now. */
export interface LiveToken {
  readonly token: VerifiedAccessToken
  /** Of a task's token: the task, and the scopes that it may use at this moment. */
  readonly work?: { readonly task: Task; readonly scopes: readonly string[] }
}

/**
 * Whether a token is good (RFC 7662), by live state and not by its word: a task that ended, a key that is gone and an
 * owner who was disabled make it inactive. Agents may ask about tokens of their own; what is not theirs looks the same
 * as what does not exist. @throws BrokerError where the stores do not answer
 */
export const introspectToken =
  (deps: IntrospectDeps) =>
  async (caller: Caller, text: string): Promise<LiveToken | undefined> => {
    const live = await liveToken(deps, text)
    const shown = live && mayKnow(caller, live.token) ? live : undefined
    const { record, audit } = deps
    await audit.append([
      record({
        type: 'token.introspected',
        phase: 'event',
        result: 'ok',
        actor: actorOf(caller),
        request: caller.requestId,
        ...(shown?.work && { task: shown.work.task.id }),
        facts: { verdict: shown ? 'active' : 'inactive', ...(shown && { name: shown.token.clientId }) },
      }),
    ])
    return shown
  }

const mayKnow = (caller: Caller, token: VerifiedAccessToken): boolean => {
  if (hasRole(caller, 'viewer')) return true
  if (caller.kind === 'user') return token.kind === 'user' && token.subject === `user:${caller.name}`
  return token.kind !== 'user' && agentOf(token.actor) === caller.name
}

async function liveToken(deps: IntrospectDeps, text: string): Promise<LiveToken | undefined> {
  try {
    const token = await deps.verifier.verifyAccessToken(text, deps.issuer, deps.clock.now())
    if (token.kind === 'task') return { token, work: await liveWork(deps, token) }
    const { key } = await deps.keys.live(token.jkt)
    const access = await principalAccess(deps, key)
    // The owner of an agent may be another one by now.
    return key.principal === token.clientId && access.subject === token.subject ? { token } : undefined
  } catch (error) {
    if (error instanceof BrokerError && error.status < 500) return undefined
    throw error
  }
}

/** @throws BrokerError `not_found`, `task_ended`, `forbidden` */
async function liveWork(
  { lineage, config, macs }: IntrospectDeps,
  token: Extract<VerifiedAccessToken, { kind: 'task' }>,
): Promise<NonNullable<LiveToken['work']>> {
  const chain = await lineage.chain(token.task)
  const own = chain?.holders.at(-1)
  if (!chain || !own || own.task.jkt !== token.jkt || own.task.environment !== token.environment)
    throw new BrokerError('not_found')
  const current = await config.newest()
  for (const { task } of chain.holders) {
    requireLiving(task, chain.now)
    liveAgent(current, task.agent)
  }
  const { task } = own
  if (actingIn(task) !== token.actor || `user:${task.owner}` !== token.subject)
    throw new BrokerError('not_found')
  return { task, scopes: usable(macs, own, chain.now) }
}

const usable = (macs: Macs, { task, grants }: Holder, now: Date): string[] =>
  grants
    .filter((grant) => {
      try {
        return requireHeld(macs, { task, grant, grantMac: grant.mac }, now)
      } catch (error) {
        if (error instanceof BrokerError) return false
        throw error
      }
    })
    .map(({ scope }) => scope)
    .sort()
