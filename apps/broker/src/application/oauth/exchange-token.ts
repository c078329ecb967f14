import { BrokerError } from '@credbroker/core/errors'
import type { TaskDetails } from '@credbroker/core/wire/oauth'
import { agentOf } from '../../domain/task.ts'
import type { TaskReader } from '../../ports/task-store.ts'
import type {
  AccessTokenVerifier,
  ProofVerifier,
  VerifiedAccessToken,
  VerifiedProof,
} from '../../ports/tokens.ts'
import type { ProofBook } from '../../ports/use-reader.ts'
import type { AgentCaller, Caller, KeyUser, TaskCaller } from '../identity/caller.ts'
import type { DelegationOrder } from '../tasks/delegate.ts'
import type { StartedTask, TaskOrder } from '../tasks/start-task.ts'

export interface ExchangeDeps {
  readonly verifier: AccessTokenVerifier
  readonly proofs: ProofVerifier
  readonly book: ProofBook
  readonly tasks: TaskReader
  /** Who a verified access token is for, live. */
  readonly holderOf: (token: VerifiedAccessToken, proof: VerifiedProof, requestId: string) => Promise<Caller>
  readonly start: (caller: AgentCaller, order: TaskOrder, idempotencyKey?: string) => Promise<StartedTask>
  readonly delegate: (caller: TaskCaller, order: DelegationOrder) => Promise<StartedTask>
  readonly clock: { now(): Date }
  readonly issuer: string
}

/** A token exchange (RFC 8693 §2.1), parsed. */
export interface Exchange {
  readonly subjectToken: string
  readonly actorToken: string | undefined
  readonly scopes: readonly string[]
  readonly details: TaskDetails | undefined
  /** By the key that the new token is to be bound to. */
  readonly dpop: string | readonly string[] | undefined
  /** By the key of the subject token, where that is another one: a client's assertion, or a proof with `ath`. */
  readonly client: KeyUser | AgentCaller | undefined
  readonly subjectProof: string | undefined
  readonly url: string
  readonly requestId: string
  readonly idempotencyKey: string | undefined
}

/**
 * An agent's token becomes the token of a task that it starts; a task's token becomes that of a child task, narrower and
 * with a key of its own (I9). A token alone is worth nothing here either: whoever shows it must hold its key. People
 * start no tasks and nobody becomes somebody else (I12).
 * @throws BrokerError `invalid_request` for unacceptable tokens (RFC 8693 §2.2.2), and what starting and delegating throw
 */
export const exchangeToken =
  (deps: ExchangeDeps) =>
  async (exchange: Exchange): Promise<StartedTask> => {
    const { proofs, clock, url, method } = { ...deps, url: exchange.url, method: 'POST' }
    const now = clock.now()
    const subject = await acceptable(deps, exchange.subjectToken, 'subject_token')
    const key = proofs.verifyProof({ header: exchange.dpop, method, url }, now)
    if (subject.kind === 'user')
      throw new BrokerError('invalid_request', { detail: 'A person’s token is not exchanged for an agent’s' })
    return subject.kind === 'agent'
      ? await startByToken(deps, exchange, subject, key)
      : await delegateByToken(deps, exchange, subject, key)
  }

async function startByToken(
  { start, holderOf, book }: ExchangeDeps,
  exchange: Exchange,
  subject: VerifiedAccessToken,
  key: VerifiedProof,
): Promise<StartedTask> {
  const { details, client, actorToken, requestId } = exchange
  if (actorToken !== undefined)
    throw new BrokerError('invalid_request', { detail: 'An agent acts for itself: leave actor_token out' })
  if (key.jkt !== subject.jkt)
    throw new BrokerError('invalid_dpop_proof', {
      detail: 'The proof is by another key than the subject token is bound to',
    })
  if (!details?.environment || !details.purpose)
    throw new BrokerError('invalid_authorization_details', { detail: 'environment and purpose are missing' })
  const { type: _, environment, purpose, access, sub_agent: subAgent, ...rest } = details
  if (access || subAgent)
    throw new BrokerError('invalid_authorization_details', {
      detail: 'access and sub_agent are for child tasks',
    })
  if (client) {
    if (client.jkt !== subject.jkt) throw notTheHolder()
    if (!(await book.take([client.proof]))) throw new BrokerError('replayed_proof')
  }
  const caller = await holderOf(subject, key, requestId)
  if (caller.kind !== 'agent') throw notTheHolder()
  return await start(
    caller,
    { environment, purpose, scopes: [...exchange.scopes], ...rest },
    exchange.idempotencyKey,
  )
}

async function delegateByToken(
  deps: ExchangeDeps,
  exchange: Exchange,
  subject: Extract<VerifiedAccessToken, { kind: 'task' }>,
  key: VerifiedProof,
): Promise<StartedTask> {
  const { details, scopes, requestId } = exchange
  if (exchange.idempotencyKey !== undefined)
    throw new BrokerError('invalid_request', { detail: 'Idempotency-Key is for starting tasks' })
  if (details?.environment !== undefined && details.environment !== subject.environment)
    throw new BrokerError('environment_mismatch', {
      detail: 'A child task is in the environment of its parent',
    })
  const caller: TaskCaller = {
    kind: 'task',
    jkt: subject.jkt,
    proof: holdersProof(deps, exchange, subject),
    requestId,
    task: subject.task,
    name: agentOf(subject.actor),
    owner: subject.subject.slice('user:'.length),
  }
  const agent = await actingAgent(deps, exchange, key)
  const purpose = details?.purpose ?? (await deps.tasks.find(subject.task))?.task.purpose
  if (purpose === undefined) throw new BrokerError('task_ended')
  return await deps.delegate(caller, {
    key,
    agent,
    subAgent: details?.sub_agent,
    scopes,
    access: details?.access,
    purpose,
    ticket: details?.ticket,
    ttl: details?.ttl,
    heartbeat: details?.heartbeat,
  })
}

/** What shows that whoever hands on holds the key of the task that is handed on. */
function holdersProof(
  { proofs, clock }: ExchangeDeps,
  { client, subjectProof, subjectToken, url }: Exchange,
  { jkt }: VerifiedAccessToken,
) {
  if (client && subjectProof !== undefined)
    throw new BrokerError('invalid_request', {
      detail: 'Send client_assertion or subject_token_proof, not both',
    })
  if (client) {
    if (client.jkt !== jkt) throw notTheHolder()
    return client.proof
  }
  if (subjectProof === undefined) throw notTheHolder()
  const expected = { header: subjectProof, method: 'POST', url, accessToken: subjectToken, jkt }
  return proofs.verifyProof(expected, clock.now())
}

/** Another agent acts only if its own token, bound to the very key of the child, says so. */
async function actingAgent(
  deps: ExchangeDeps,
  { actorToken }: Exchange,
  key: VerifiedProof,
): Promise<string | undefined> {
  if (actorToken === undefined) return undefined
  const actor = await acceptable(deps, actorToken, 'actor_token')
  if (actor.kind !== 'agent')
    throw new BrokerError('invalid_request', {
      detail: 'actor_token is the token of an agent, not of a task or a person',
    })
  if (actor.jkt !== key.jkt)
    throw new BrokerError('invalid_dpop_proof', {
      detail: 'The proof is by another key than the actor token is bound to',
    })
  return agentOf(actor.actor)
}

/** RFC 8693 §2.2.2: a token that will not do, for whatever reason, is an invalid request. */
async function acceptable({ verifier, issuer, clock }: ExchangeDeps, token: string, name: string) {
  try {
    return await verifier.verifyAccessToken(token, issuer, clock.now())
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'invalid_token')
      throw new BrokerError('invalid_request', { detail: `${name}: ${error.message}` })
    throw error
  }
}

const notTheHolder = () =>
  new BrokerError('unauthenticated', {
    detail:
      'Show that the subject token is yours: client_assertion or subject_token_proof by the key it is bound to',
  })
