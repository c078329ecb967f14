import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import { newOpaque, opaqueDigest } from '@credbroker/core/opaque'
import { macInput } from '../domain/row-mac.ts'
import type { Enrolment, EnrolmentStore } from '../ports/client-keys.ts'
import type { Clock } from '../ports/clock.ts'
import type { Macs } from '../ports/keyring.ts'
import { liveAgent, liveUser } from './authenticate.ts'
import { actorOf, type Caller, requireRole } from './caller.ts'
import type { LiveConfig } from './live-config.ts'
import type { Recorder } from './recorder.ts'

export interface InviteDeps {
  readonly enrolments: EnrolmentStore
  readonly config: LiveConfig
  readonly macs: Macs
  readonly record: Recorder
  readonly clock: Clock
  readonly random: FillRandom
}

export interface Invitation {
  /** Shown once; only its digest is kept. */
  readonly token: string
  readonly principal: string
  readonly endsAt: Date
}

/**
 * A one-time token by which a key is enrolled for an agent or a user. Operators invite agents; only an admin invites
 * people. @throws BrokerError `forbidden`, `not_found`
 */
export const invite =
  (deps: InviteDeps) =>
  async (caller: Caller, principal: `agent:${string}` | `user:${string}`): Promise<Invitation> => {
    requireRole(caller, principal.startsWith('user:') ? 'admin' : 'operator')
    const config = await deps.config.refresh()
    const name = principal.slice(principal.indexOf(':') + 1)
    const known = principal.startsWith('user:') ? config.snapshot.user(name) : config.snapshot.agent(name)
    if (!known) throw new BrokerError('not_found')
    if (principal.startsWith('user:')) liveUser(config, name)
    else liveAgent(config, name)
    return await inviteAs(deps, principal, actorOf(caller), `user:${caller.name}`)
  }

/** The first administrator is invited by the broker itself: the setup code of `dev`, the setup link of `serve`. */
export async function inviteAs(
  { enrolments, macs, record, clock, random }: Omit<InviteDeps, 'config'>,
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
