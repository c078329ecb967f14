import type { ClientKey } from '@credbroker/core/client-key'
import { BrokerError } from '@credbroker/core/errors'
import { madeAt } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import { opaqueDigest } from '@credbroker/core/opaque'
import type { Environment, User } from '../../domain/config.ts'
import type { EnrolledKey } from '../../ports/client-keys.ts'
import type { ConfigWriter } from '../../ports/config-store.ts'
import { putRow } from '../config/row-writes.ts'
import { type Invitation, type InviteDeps, inviteAs } from '../identity/invite.ts'
import { keyMac } from '../identity/known-keys.ts'
import { holders } from '../people/remove-passkey.ts'
import type { UseCases } from '../use-cases.ts'

export const FIRST_ADMIN = 'admin'

const api = { source: 'api', disabled: false } as const
const firstUser: User = { name: FIRST_ADMIN, ...api, roles: ['admin', 'operator', 'viewer'], invitedBy: null }
const environment = (name: string, tier: Environment['tier']): Environment => ({
  name,
  ...api,
  tier,
  backups: [],
  recoveryGroup: name,
})

export interface FirstRunDeps extends InviteDeps {
  readonly store: ConfigWriter
  /** `dep_…` */
  readonly deployment: string
}

const NEW_FOR_MS = 24 * 3600 * 1000

/**
 * In an empty database: the first administrator, and for `dev` two environments to begin with. Nothing where there are
 * users already.
 */
export async function firstRun(
  { config, store, macs, record, clock, deployment }: FirstRunDeps,
  withEnvironments: boolean,
): Promise<void> {
  // The id is under the key: a deployment that is older and holds nothing is no new one, but was emptied by hand (I4c, I13).
  if (clock.now().getTime() - madeAt(deployment).getTime() > NEW_FOR_MS) config.expectManifest(1)
  const { snapshot } = await config.refresh()
  // Without its manifest it is no empty database, but one that boots frozen (I13).
  if (snapshot.rows.users.length > 0 || !snapshot.manifest) return
  const environments = withEnvironments
    ? [environment('staging', 'standard'), environment('production', 'protected')]
    : []
  const first = store.write({
    expectedVersion: snapshot.version,
    rows: [
      putRow(macs, 'users', firstUser),
      ...environments.map((one) => putRow(macs, 'environments', one)),
      ...(snapshot.rows.controls.length === 0
        ? [putRow(macs, 'controls', { name: 'controls', freezes: [] })]
        : []),
    ],
    events: [
      record({
        type: 'user.changed',
        phase: 'event',
        result: 'ok',
        actor: { kind: 'system', id: 'first-run' },
        facts: { name: FIRST_ADMIN, change: 'create' },
      }),
    ],
  })
  // Another replica may be first; it writes the same.
  await first.catch((error) => {
    if (!(error instanceof BrokerError && error.code === 'conflict')) throw error
  })
  await config.refresh()
}

/** A one-time code for an administrator, given to whoever reads the broker's own output. */
export const inviteFirstAdmin = (deps: InviteDeps, name = FIRST_ADMIN): Promise<Invitation> =>
  inviteAs(deps, `user:${name}`, { kind: 'system', id: 'first-run' }, 'broker')

/** Whom to invite where no living key is an administrator's: then only whoever starts the broker can. */
export async function adminWithoutKey({ parts, world }: UseCases): Promise<string | undefined> {
  const config = await parts.config.refresh()
  const admins = holders(config, 'admin')
  const keys = await Promise.all(admins.map((name) => world.stores.keys.list(`user:${name}`)))
  const passkeys = await world.stores.passkeys.list()
  const now = world.clock.now().getTime()
  const nobody =
    keys.flat().every(({ key }) => Date.parse(key.endsAt) <= now) &&
    !passkeys.some(({ body }) => admins.includes(body.user))
  return nobody ? admins[0] : undefined
}

/** Undefined once it has a passkey, by which it can add more. */
export async function firstAdminWithoutPasskey({ world }: UseCases): Promise<string | undefined> {
  return (await world.stores.passkeys.list(FIRST_ADMIN)).length === 0 ? FIRST_ADMIN : undefined
}

/** Enrols a key of this machine for the first administrator: the CLI profile of `dev`. */
export async function enrolLocalAdmin(deps: InviteDeps, key: ClientKey): Promise<EnrolledKey> {
  const { token, principal } = await inviteFirstAdmin(deps)
  const now = deps.clock.now()
  const enrolled: EnrolledKey = {
    jkt: key.thumbprint,
    principal,
    jwk: key.publicJwk,
    createdAt: now.toISOString(),
    endsAt: new Date(now.getTime() + LIMITS.clientKeySeconds * 1000).toISOString(),
    enrolment: opaqueDigest(token),
  }
  const event = deps.record({
    type: 'agent.enrolled',
    phase: 'event',
    result: 'ok',
    actor: { kind: 'system', id: 'first-run' },
    facts: { name: principal },
  })
  await deps.enrolments.redeem(
    opaqueDigest(token),
    { key: enrolled, mac: keyMac(deps.macs, enrolled) },
    event,
  )
  return enrolled
}
