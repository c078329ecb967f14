import { covers } from '@credbroker/core/anchor'
import type { ConfigDocument, Role } from '@credbroker/core/config/document'
import type { Problem } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { type ConnectorFit, connectorOf, hasOwnRoots, rootKindsOf } from './delivery.ts'
import { trustProblems } from './trust-config-rules.ts'

/** What a provider can say about a document without asking its vendor. */
export interface ProviderRules {
  readonly vendor: string
  readonly anchorSyntax: string
  readonly acceptsAnchor: (anchor: string) => boolean
  /** Problems in what a scope asks for, at paths inside `allow`. */
  readonly specProblems: (allow: unknown) => readonly Problem[]
  /** Present where nothing secret is stored: problems in what a root says, at paths inside `federated`. */
  readonly federatedProblems?: (federated: unknown) => readonly Problem[]
}

/** The same of a connector. What needs its code is there where the document uses it. */
export interface ConnectorRules extends ConnectorFit {
  readonly vendor: string
  readonly anchorSyntax: string
  readonly acceptsAnchor?: ProviderRules['acceptsAnchor']
  readonly specProblems?: ProviderRules['specProblems']
}

/** Somebody must be able to undo a change. */
export const anAdminRemains = (
  users: readonly { readonly roles: readonly Role[]; readonly disabled: boolean }[],
): boolean => users.some(({ roles, disabled }) => !disabled && roles.includes('admin'))

/** Every place where the document breaks a rule, as `scopes.orders-ro.root`. Names that refer to nothing included. */
export function configProblems(
  document: ConfigDocument,
  providers: ReadonlyMap<string, ProviderRules>,
  knownUsers: ReadonlySet<string>,
  connectors: ReadonlyMap<string, ConnectorRules> = new Map(),
): Problem[] {
  const problems: Problem[] = []
  const fault = (at: string, message: string) => problems.push({ at, message })
  const isUser = (name: string) => Object.hasOwn(document.users, name) || knownUsers.has(name)
  const refer = (at: string, kind: 'environments' | 'teams' | 'roots', name: string) => {
    if (!Object.hasOwn(document[kind], name))
      fault(at, `refers to ${kind.slice(0, -1)} ${name}, which is not declared`)
  }

  for (const [name, environment] of Object.entries(document.environments)) {
    environment.backups.forEach((backup, i) => {
      refer(`environments.${name}.backups.${i}`, 'environments', backup)
      if (backup === name)
        fault(`environments.${name}.backups.${i}`, 'an environment cannot hold its own backups')
    })
  }
  problems.push(...anchorProblems(document, [...providers.values(), ...connectors.values()]))
  problems.push(...trustProblems(document))

  for (const [name, agent] of Object.entries(document.agents)) {
    if (!isUser(agent.owner))
      fault(`agents.${name}.owner`, `refers to user ${agent.owner}, who is not declared (I11)`)
    for (const [i, team] of agent.teams.entries()) refer(`agents.${name}.teams.${i}`, 'teams', team)
    if (agent.maxTask > LIMITS.taskMaxSeconds) fault(`agents.${name}.maxTask`, 'at most 8h (I3)')
  }
  for (const [name, root] of Object.entries(document.roots)) {
    if (!isUser(root.owner))
      fault(`roots.${name}.owner`, `refers to user ${root.owner}, who is not declared (I11)`)
    problems.push(...kindProblems(`roots.${name}.provider`, root.provider, providers, connectors))
    if (root.environment) refer(`roots.${name}.environment`, 'environments', root.environment)
    problems.push(
      ...federationProblems(
        `roots.${name}`,
        root,
        providers.get(root.provider) ?? (connectors.has(root.provider) ? {} : undefined),
      ),
    )
  }
  const holdsBackups = new Map(
    Object.entries(document.environments).flatMap(([of, { backups }]) =>
      backups.map((backup) => [backup, of] as const),
    ),
  )
  for (const [name, scope] of Object.entries(document.scopes)) {
    const of = holdsBackups.get(scope.environment)
    if (of !== undefined && scope.side !== 'backup')
      fault(
        `scopes.${name}.side`,
        `${scope.environment} holds the backups of ${of}: say \`side: backup\` (I5)`,
      )
    refer(`scopes.${name}.environment`, 'environments', scope.environment)
    refer(`scopes.${name}.root`, 'roots', scope.root)
    const root = document.roots[scope.root]
    if (!root) continue
    problems.push(...deliveryProblems(name, scope, root, connectors))
    const kind = connectorOf(scope.connector, root.provider, connectors)
    const rules = kind === null ? providers.get(root.provider) : connectors.get(kind)
    for (const problem of rules?.specProblems?.(scope.allow) ?? []) {
      fault(`scopes.${name}.allow${problem.at ? `.${problem.at}` : ''}`, problem.message)
    }
  }
  return problems
}

/** What a root is of: a provider, or a connector that has roots of its own. */
function kindProblems(
  at: string,
  kind: string,
  providers: ReadonlyMap<string, ProviderRules>,
  connectors: ReadonlyMap<string, ConnectorRules>,
): Problem[] {
  const connector = connectors.get(kind)
  if (providers.has(kind) || (connector && hasOwnRoots(connector))) return []
  if (connector)
    return [{ at, message: `${kind} has no roots of its own: it works with those of ${connector.inner}` }]
  const own = [...connectors].filter(([, fit]) => hasOwnRoots(fit)).map(([name]) => name)
  const known = [...new Set([...providers.keys(), ...own])].sort().join(', ')
  return [{ at, message: `unknown provider; this broker has ${known}` }]
}

/** Whether a scope can be minted from its root, or called with it. */
function deliveryProblems(
  name: string,
  scope: ConfigDocument['scopes'][string],
  root: ConfigDocument['roots'][string],
  connectors: ReadonlyMap<string, ConnectorRules>,
): Problem[] {
  const at = (field: string) => `scopes.${name}.${field}`
  const kind = connectorOf(scope.connector, root.provider, connectors)
  const rules = kind === null ? undefined : connectors.get(kind)
  if (kind !== null && !rules) {
    const known = [...connectors.keys()].sort().join(', ')
    return [{ at: at('connector'), message: `unknown connector; this broker has ${known}` }]
  }
  if (kind !== null && rules && !rootKindsOf(kind, rules).includes(root.provider))
    return [
      {
        at: at('connector'),
        message: `${kind} works with roots of ${rootKindsOf(kind, rules).join(' and ')}, and ${scope.root} is of ${root.provider}`,
      },
    ]
  if (root.environment !== undefined && root.environment !== scope.environment)
    return [{ at: at('environment'), message: `root ${scope.root} belongs to ${root.environment} (I2)` }]
  if (root.environment === undefined && kind === null) {
    const fitting = [...connectors].find(([one, fit]) => rootKindsOf(one, fit).includes(root.provider))?.[0]
    const advice = fitting ? `: say \`connector: ${fitting}\` to call it through the gateway` : ''
    return [
      {
        at: at('environment'),
        message: `root ${scope.root} spans environments, so nothing is minted from it${advice} (I2)`,
      },
    ]
  }
  return []
}

/** A root is either federated or has a secret; its provider decides which. */
function federationProblems(
  at: string,
  { federated, secret, environment, provider }: ConfigDocument['roots'][string],
  rules: Pick<ProviderRules, 'federatedProblems'> | undefined,
): Problem[] {
  if (!rules) return []
  if (!rules.federatedProblems)
    return federated
      ? [
          {
            at: `${at}.federated`,
            message: `roots of ${provider} hold a credential: say where it is in \`secret\``,
          },
        ]
      : []
  const problems: Problem[] = []
  if (secret !== undefined)
    problems.push({ at: `${at}.secret`, message: `roots of ${provider} hold none: use \`federated\`` })
  if (environment === undefined)
    problems.push({
      at: `${at}.environment`,
      message: 'a federated root belongs to one environment, whose issuer speaks for it',
    })
  if (!federated)
    return [
      ...problems,
      { at: `${at}.federated`, message: 'says which identities at the vendor trust this root' },
    ]
  for (const { at: where, message } of rules.federatedProblems(federated))
    problems.push({ at: `${at}.federated${where ? `.${where}` : ''}`, message })
  return problems
}

interface Claim {
  readonly at: string
  readonly environment: string
  readonly vendor: string
  readonly id: string
  readonly shared: boolean
}

/** Anchors are well-formed, and no two environments claim the same or a part of the other's, unless both share it. */
function anchorProblems(
  document: ConfigDocument,
  kinds: readonly Pick<ConnectorRules, 'vendor' | 'anchorSyntax' | 'acceptsAnchor'>[],
): Problem[] {
  const ofVendor = (vendor: string) => kinds.filter((kind) => kind.vendor === vendor)
  const problems: Problem[] = []
  const claims: Claim[] = Object.entries(document.environments).flatMap(([environment, { anchors }]) =>
    anchors.map((anchor, i) => ({ at: `environments.${environment}.anchors.${i}`, environment, ...anchor })),
  )
  claims.forEach((claim, i) => {
    const [first, ...others] = ofVendor(claim.vendor)
    if (!first) {
      const known = [...new Set(kinds.map(({ vendor }) => vendor))].sort().join(', ')
      problems.push({ at: `${claim.at}.vendor`, message: `unknown vendor; this broker has ${known}` })
    } else if (![first, ...others].some(({ acceptsAnchor }) => acceptsAnchor?.(claim.id))) {
      problems.push({
        at: `${claim.at}.id`,
        message: `an anchor of ${claim.vendor} looks like ${first.anchorSyntax}`,
      })
    }
    for (const other of claims.slice(0, i)) {
      const overlap =
        other.vendor === claim.vendor && (covers(other.id, claim.id) || covers(claim.id, other.id))
      if (!overlap) continue
      if (other.environment === claim.environment) {
        problems.push({ at: claim.at, message: `overlaps with ${other.at}` })
      } else if (!(other.shared && claim.shared)) {
        problems.push({
          at: claim.at,
          message: `overlaps with an anchor of ${other.environment}; both must be declared shared`,
        })
      }
    }
  })
  return problems
}
