import type { Tier } from '@credbroker/core/access'
import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import type { Problem } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import type { Anchor, Root, Scope } from '../../domain/config.ts'
import { connectorOf, isGateway } from '../../domain/delivery.ts'
import type { DesiredRows } from '../../domain/desired-config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { announce } from '../audit/announce.ts'
import type { Caller } from '../identity/caller.ts'
import { assessGateway } from '../leases/assess-gateway.ts'
import { assessScope, type ScopeOrder } from '../leases/assess-scope.ts'
import { askVendors } from '../roots/ask-vendors.ts'
import { inspecting } from '../roots/intake-root.ts'
import type { PreparedRoots } from '../roots/prepare-roots.ts'
import type { PrepareDeps } from './config-order.ts'
import type { WholeOrder } from './whole-order.ts'

/** Asks the vendor about each scope that is new, changed, or of a root that is; the others keep what was computed. */
export async function prepareScopes(
  deps: PrepareDeps,
  caller: Caller,
  snapshot: ConfigSnapshot,
  { config, secrets, standing }: Omit<WholeOrder, 'policies'>,
  { environments, anchors }: Pick<DesiredRows, 'environments' | 'anchors'>,
  roots: Pick<PreparedRoots, 'rows' | 'uses' | 'renewed'>,
): Promise<{ rows: readonly Scope[]; warnings: readonly Problem[] }> {
  const moved = movedEnvironments(snapshot, { environments, anchors })
  const work: (() => Promise<Assessed>)[] = []
  for (const [name, declared] of Object.entries(config.scopes)) {
    const root = roots.rows.find((row) => row.name === declared.root)
    const environment = environments.find((row) => row.name === declared.environment)
    const provider = root && deps.providers.get(root.provider)
    // Its root's credential comes with `apply`; until then nobody can say what it could do.
    if (!root || !environment) continue
    const connector = connectorOf(declared.connector, root.provider, deps.connectors.known)
    if (connector === null && !provider) continue
    const order: ScopeOrder = {
      name,
      source: standing('scopes', name).source,
      root: declared.root,
      environment: declared.environment,
      provider: root.provider,
      ...(connector !== null && { connector }),
      form: connector === null && provider ? provider.form : null,
      side: declared.side,
      maxTtlSeconds: declared.maxTtl,
      declaredAccess: declared.access,
      allow: declared.allow as ScopeOrder['allow'],
    }
    if (connector !== null) {
      const reaches = mayBeUsed(snapshot, root, environment.name, roots)
      work.push(async () => assessGateway(await deps.connectors.load(connector), order, reaches))
      continue
    }
    if (!provider) continue
    const stored = snapshot.stored('scopes', name)
    const sameGround = !roots.renewed.has(root.name) && !moved.has(environment.name)
    work.push(async () => {
      if (stored?.intact && !stored.row.disabled && sameGround && sameQuestion(stored.row, order))
        return { scope: { ...stored.row, ...order, disabled: false }, raised: [] }
      const given = secrets[root.name]
      const credential =
        given === undefined ? await deps.vault.open(root.name) : new Secret(JSON.stringify(given))
      return await announce(deps, assessing(caller, order), () =>
        assessScope(provider, credential, order, environment, anchors),
      )
    })
  }
  const assessed = await askVendors(work)
  return { rows: assessed.map(({ scope }) => scope), warnings: assessed.flatMap(warningsOf) }
}

/** A root that a check found unusable says nothing now; it stays where it was, and gives nothing. */
const mayBeUsed = (
  snapshot: ConfigSnapshot,
  { name, state }: Root,
  environment: string,
  { uses }: Pick<PreparedRoots, 'uses'>,
): boolean =>
  uses.some((use) => use.root === name && use.environment === environment) ||
  (state === 'unusable' && snapshot.stored('root_environments', `${name}@${environment}`) !== undefined)

type Assessed = Awaited<ReturnType<typeof assessScope>>

const warningsOf = ({ scope, raised }: Assessed): Problem[] =>
  raised.map((level) => {
    const because = scope.evidence.find((one) => one.access === level)?.because
    return {
      at: `scopes.${scope.name}.access`,
      message: `declared without ${level}, but its ${isGateway(scope) ? 'calls' : 'credentials'} can ${level}${because ? `: ${because}` : ''}`,
    }
  })

const assessing = (caller: Caller, { name, root, provider, environment }: ScopeOrder) => ({
  ...inspecting(caller, { name: root, provider }),
  environment,
  scope: name,
  facts: { root, provider, operation: 'assess' },
})

/** Environments whose tier or anchors are other ones than a scope's answer was judged by. */
function movedEnvironments(
  snapshot: ConfigSnapshot,
  { environments, anchors }: Pick<DesiredRows, 'environments' | 'anchors'>,
): ReadonlySet<string> {
  const ground = (rows: readonly Anchor[], tier: Tier | undefined) =>
    JSON.stringify([tier, rows.map(({ vendor, id, shared }) => `${vendor} ${id} ${shared}`).sort()])
  const known = snapshot.rows.anchors.map(({ row }) => row)
  const of = (rows: readonly Anchor[], name: string) => rows.filter((row) => row.environment === name)
  return new Set(
    environments
      .filter(({ name, tier }) => {
        const before = snapshot.stored('environments', name)
        return ground(of(known, name), before?.row.tier) !== ground(of(anchors, name), tier)
      })
      .map(({ name }) => name),
  )
}

/** Whether the vendor would be asked the same; life and side do not matter to it. */
const sameQuestion = (stored: Scope, order: ScopeOrder): boolean => {
  const question = ({ root, environment, provider, connector, declaredAccess, allow }: ScopeOrder) =>
    canonicalJson({
      root,
      environment,
      provider,
      connector: connector ?? null,
      declaredAccess: [...declaredAccess],
      allow: allow as Json,
    })
  return question(stored) === question(order)
}
