import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import { newOpaque, opaqueDigest } from '@credbroker/core/opaque'
import { hadApprover } from '../../domain/approver-exists.ts'
import { macInput } from '../../domain/row-mac.ts'
import type { Enrolment, EnrolmentStore } from '../../ports/client-keys.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ConfigWriter } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Act, ApproveAct } from '../approvals/act.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { Config, LiveConfig } from '../config/live-config.ts'
import { putRow } from '../config/row-writes.ts'
import { stepUp } from '../people/step-up.ts'
import { liveAgent, liveUser } from './authenticate.ts'
import { actorOf, type Caller, isSession } from './caller.ts'
import { reachesProtected } from './reaches-protected.ts'
import { configAs } from './require-role-now.ts'

export interface InviteDeps {
  readonly enrolments: EnrolmentStore
  readonly store: ConfigWriter
  readonly config: LiveConfig
  readonly macs: Macs
  readonly record: Recorder
  readonly clock: Clock
  readonly random: FillRandom
  readonly approve: ApproveAct
}

export interface Invitation {
  /** Shown once; only its digest is kept. */
  readonly token: string
  readonly principal: string
  readonly endsAt: Date
}

/**
 * A one-time token by which a key is enrolled for an agent or a user. Operators invite agents; only an admin invites
 * people, with a passkey once somebody could approve by one.
 * @throws ApprovalPending where it opens what a protected environment allows (I4c)
 * @throws BrokerError `forbidden`, `not_found`, `step_up_required`, `approval_invalid`, `approval_denied`
 */
export const invite =
  (deps: InviteDeps) =>
  async (
    caller: Caller,
    principal: `agent:${string}` | `user:${string}`,
    given?: string,
  ): Promise<Invitation> => {
    const config = await configAs(deps.config, caller, principal.startsWith('user:') ? 'admin' : 'operator')
    const name = principal.slice(principal.indexOf(':') + 1)
    const known = principal.startsWith('user:') ? config.snapshot.user(name) : config.snapshot.agent(name)
    if (!known) throw new BrokerError('not_found')
    if (principal.startsWith('user:')) {
      liveUser(config, name)
      stepUp(caller)
      const approval = await deps.approve(caller, config.snapshot, invitationOf(principal, config), given)
      if (!approval) notByKeyAlone(config, caller)
      await approval?.spend()
      await noteInviter(deps, config, name, caller)
    } else if (reachesProtected(config, liveAgent(config, name), deps.clock.now())) {
      const act = invitationOf(principal, config)
      await (await deps.approve(caller, config.snapshot, act, given))?.spend()
    }
    return await inviteAs(deps, principal, actorOf(caller), `user:${caller.name}`)
  }

/** What the approver reads of it: the token itself exists only once they have said yes. */
function invitationOf(principal: string, { snapshot }: Config): Act {
  const [kind, name = ''] = principal.split(':')
  const user = kind === 'user' ? name : ''
  const roles = snapshot.user(user)?.roles.join(', ')
  const means =
    kind === 'user'
      ? `whoever opens it gets a passkey or a key as ${name}, with the roles: ${roles}`
      : `whoever redeems it gets a key that acts as the agent ${name}`
  return {
    what: { invitation: principal },
    lines: [`+ invitation of ${principal}  (widens)`, `    ${means}`],
    user,
  }
}

/**
 * An invitation becomes a passkey, and a passkey approves. Once there is somebody who could, an administrator's key on
 * a machine where an agent works must not make another who does (I4c).
 */
function notByKeyAlone({ snapshot }: Config, caller: Caller): void {
  if (!isSession(caller) && hadApprover(snapshot))
    throw new BrokerError('step_up_required', {
      detail: 'Since somebody approves by passkey, people are invited at the console',
    })
}

/** Who set up an account does not approve together with it (I4). */
async function noteInviter(
  { config, store, macs, record }: InviteDeps,
  { snapshot }: Config,
  name: string,
  caller: Caller,
): Promise<void> {
  const user = snapshot.user(name)
  const invitedBy = `user:${caller.name}`
  if (!user || user.invitedBy === invitedBy || user.name === caller.name) return
  const event = record({
    type: 'user.changed',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
    facts: { name, change: 'invited-by' },
  })
  const rows = [putRow(macs, 'users', { ...user, invitedBy })]
  await store.write({ expectedVersion: snapshot.version, rows, events: [event] })
  await config.refresh()
}

/** The first administrator is invited by the broker itself: the setup code of `dev`, the setup link of `serve`. */
export async function inviteAs(
  {
    enrolments,
    macs,
    record,
    clock,
    random,
  }: Pick<InviteDeps, 'enrolments' | 'macs' | 'record' | 'clock' | 'random'>,
  principal: string,
  actor: { kind: 'user' | 'agent' | 'system'; id: string },
  invitedBy: string,
): Promise<Invitation> {
  const setup = principal.startsWith('user:')
  const token = newOpaque(setup ? 'set' : 'enr', random)
  const lives = setup ? LIMITS.setupCodeSeconds : LIMITS.enrolmentSeconds
  const endsAt = new Date(clock.now().getTime() + lives * 1000)
  const enrolment = { digest: opaqueDigest(token), principal, invitedBy, endsAt }
  const mac = enrolmentMac(macs, enrolment)
  const event = record({
    type: setup ? 'user.changed' : 'agent.invited',
    phase: 'event',
    result: 'ok',
    actor,
    facts: { name: principal, change: 'invited', expiresAt: endsAt.toISOString() },
  })
  await enrolments.add({ ...enrolment, mac }, event)
  return { token, principal, endsAt }
}

export const enrolmentMac = (
  macs: Macs,
  { digest, principal, invitedBy, endsAt }: Omit<Enrolment, 'mac'>,
): string =>
  macs.mac('row', macInput('enrolments', { digest, principal, invitedBy, endsAt: endsAt.getTime() }))
