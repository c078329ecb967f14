import { createHash } from 'node:crypto'
import { ROLES, type Role } from '@credbroker/core/config/document'
import { BrokerError } from '@credbroker/core/errors'
import type { User } from '../../domain/config.ts'
import type { ConfigWriter } from '../../ports/config-store.ts'
import type { SsoLinkStore } from '../../ports/people.ts'
import type { SingleSignOn, SsoChecks, SsoIdentity } from '../../ports/sso.ts'
import { putRow } from '../config/row-writes.ts'
import { liveUser } from '../identity/authenticate.ts'
import { type Began, beginSession } from './begin-session.ts'
import type { From, PeopleDeps } from './people.ts'
import { opened, seal } from './sealed-row.ts'

export interface SsoDeps extends PeopleDeps {
  readonly sso: SingleSignOn
  readonly links: SsoLinkStore
  readonly store: ConfigWriter
  /** What each group of the provider may do here. A group that is not named may nothing. */
  readonly groups: ReadonlyMap<string, readonly Role[]>
}

const ATTEMPTS = 5

/**
 * Where to send the browser. `binding`: SHA-256, base64url, of a secret that the page keeps; only the window that began
 * can finish, so nobody is signed in as somebody else by a link (login CSRF).
 */
export const startSso =
  (deps: Pick<SsoDeps, 'sso' | 'challenges' | 'macs'>) =>
  async (binding: string): Promise<string> =>
    await deps.sso.start(checksOf(deps, deps.challenges.issue('sso', binding)))

/** PKCE verifier and nonce follow from the state and our key: no replica has to remember them. */
const checksOf = ({ macs }: Pick<SsoDeps, 'macs'>, state: string): SsoChecks => ({
  state,
  nonce: macs.mac('challenge', JSON.stringify(['sso-nonce', state])),
  verifier: macs.mac('challenge', JSON.stringify(['sso-pkce', state])),
})

/**
 * Signs in whoever the provider vouches for. The person is its (issuer, subject), never a name or an address; roles
 * come from groups at every sign-in. The session is no passkey: what is dangerous asks for one.
 * @throws BrokerError `sso_failed`, `forbidden` where no group of theirs is named, `tampered`
 */
export const signInSso =
  (deps: SsoDeps) =>
  async ({ query, secret }: { query: string; secret: string }, from: From): Promise<Began> => {
    const state = new URLSearchParams(query).get('state') ?? ''
    const binding = createHash('sha256').update(secret).digest('base64url')
    await deps.challenges.take(state, 'sso', binding, 'sso_failed')
    const identity = await deps.sso.finish(query, checksOf(deps, state))
    const roles = rolesOf(deps.groups, identity.groups)
    const user = await userOf(deps, identity, roles, from)
    if (roles.length === 0) {
      await signOutEverywhere(deps, user, from)
      throw new BrokerError('forbidden', { detail: 'None of your groups may use this broker' })
    }
    const name = user as string
    liveUser(await deps.config.newest(), name)
    const began = beginSession(deps, { user: name, method: 'sso', amr: identity.amr, passkey: null }, from)
    await deps.sessions.add(began.session, [began.event])
    return began
  }

export const rolesOf = (
  mapping: ReadonlyMap<string, readonly Role[]>,
  groups: readonly string[],
): readonly Role[] => {
  const given = new Set(groups.flatMap((group) => mapping.get(group) ?? []))
  return ROLES.filter((role) => given.has(role))
}

/** Whose link it is, with the roles of today; a first visit makes both. Undefined for a stranger without any role. */
async function userOf(
  deps: SsoDeps,
  identity: SsoIdentity,
  roles: readonly Role[],
  { requestId }: From,
): Promise<string | undefined> {
  const { links, macs, config, store, record } = deps
  const { issuer, subject } = identity
  const stored = await links.find(issuer, subject)
  const link = stored && opened(macs, 'sso_links', stored)
  if (link && (link.issuer !== issuer || link.subject !== subject)) throw new BrokerError('tampered')
  if (!link && roles.length === 0) return undefined
  const name = link?.user ?? nameFor(identity)
  for (let attempt = 1; ; attempt++) {
    const { snapshot } = await config.refresh()
    const before = snapshot.user(name)
    // A name that files or an admin gave to somebody is theirs.
    if (!link && before && before.invitedBy !== SSO) throw new BrokerError('sso_failed')
    if (link && !before) throw new BrokerError('sso_failed')
    const after: User = before
      ? { ...before, roles }
      : { name, source: 'api', disabled: false, roles, invitedBy: SSO }
    // Before its roles are touched: that row may be somebody else's after all.
    if (!link && before) await addLink(deps, identity, name)
    // What files declare, files change: then groups only decide who may come in.
    const same = before && (before.source === 'files' || before.roles.join() === roles.join())
    if (same) break
    const event = record({
      type: 'user.changed',
      phase: 'event',
      result: 'ok',
      actor: { kind: 'system', id: SSO },
      request: requestId,
      facts: { name, change: before ? 'roles' : 'create', role: roles.join(' ') || 'none' },
    })
    try {
      await store.write({
        expectedVersion: snapshot.version,
        rows: [putRow(macs, 'users', after)],
        events: [event],
      })
      await config.refresh()
      break
    } catch (error) {
      if (!(error instanceof BrokerError && error.code === 'conflict') || attempt === ATTEMPTS) throw error
    }
  }
  if (!link) await addLink(deps, identity, name)
  return name
}

async function addLink(
  { links, macs, clock }: SsoDeps,
  { issuer, subject }: SsoIdentity,
  user: string,
): Promise<void> {
  const createdAt = clock.now().toISOString()
  await links.add(seal(macs, 'sso_links', { issuer, subject, user, createdAt }))
}

/** `invitedBy` of whoever came by single sign-on. */
const SSO = 'sso'

/** `mia-3f9a02c4`: readable, and no name of anybody else's, whatever the provider calls them. */
export function nameFor({
  issuer,
  subject,
  username = '',
}: Pick<SsoIdentity, 'issuer' | 'subject' | 'username'>): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex')
    .slice(0, 8)
  const readable = username
    .toLowerCase()
    .replace(/@.*$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
  return `${readable.slice(0, 30).replace(/-+$/, '') || 'sso'}-${digest}`
}

async function signOutEverywhere(
  deps: SsoDeps,
  user: string | undefined,
  { requestId }: From,
): Promise<void> {
  if (user === undefined) return
  const event = deps.record({
    type: 'session.ended',
    phase: 'event',
    result: 'ok',
    actor: { kind: 'system', id: SSO },
    sub: user,
    request: requestId,
    facts: { name: user, change: 'revoked' },
  })
  await deps.sessions.end({ user }, event)
}
