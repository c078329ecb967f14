import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Minted, MintOrder, VendorIo } from '../../provider.ts'
import { type Issued, issue, withdraw } from './app.ts'
import { levelsOf } from './assess.ts'
import { idsOf } from './resolve.ts'
import type { GithubRoot } from './root.ts'
import type { GithubSpec } from './spec.ts'
import { type GithubHandle, SECONDS } from './token.ts'

/** Looks again at what was decided, before the token is made (I2, I4b) and at what GitHub says it made. */
export async function mintToken(
  root: GithubRoot,
  spec: GithubSpec,
  order: MintOrder,
  io: VendorIo,
): Promise<Minted<GithubHandle>> {
  const { anchors, access } = order.within
  if (!levelsOf(spec).access.every((level) => access.includes(level)))
    throw refused('The scope allows more than was decided')
  const ids = await idsOf(root, spec, io)
  if (!ids.every((id) => anchors.includes(id)))
    throw refused('A repository of the scope is outside the anchors of the environment')
  const left = (order.expiresAt.getTime() - io.now().getTime()) / 1000
  if (left < SECONDS - LIMITS.graceSeconds)
    throw new BrokerError('ttl_below_floor', { detail: 'Every token of GitHub lives for an hour' })

  const wish = { repository_ids: ids.map(Number), permissions: spec.permissions }
  const issued = await issue(root, root.installationId, wish, io)
  const why = tooMuch(issued, ids, spec)
  if (why !== undefined) {
    await withdraw(root.origin, issued.token, io).catch(() => {})
    throw refused(why)
  }
  return {
    credential: {
      form: 'github',
      token: issued.token,
      apiUrl: root.origin,
      gitUrl: root.origin.replace('://api.', '://'),
      repositories: issued.repositories?.map(({ name }) => name) ?? [],
    },
    handle: { token: issued.token.expose(), until: issued.until.toISOString(), origin: root.origin },
    expiresAt: issued.until,
  }
}

/** A vendor, or whoever sits before it, that hands out more than was asked for. */
function tooMuch({ permissions, repositories }: Issued, ids: readonly string[], spec: GithubSpec) {
  const asked: Readonly<Record<string, string>> = { metadata: 'read', ...spec.permissions }
  for (const [name, level] of Object.entries(permissions))
    if (!Object.hasOwn(asked, name) || !(level === asked[name] || level === 'read'))
      return 'GitHub issued a token with more permissions than were asked for'
  if (!repositories?.every(({ id }) => ids.includes(id)) || repositories.length === 0)
    return 'GitHub issued a token for other repositories than were asked for'
  return undefined
}

const refused = (detail: string) => new BrokerError('reach_refused', { detail })
