import { covers } from '@credbroker/core/anchor'
import type { ConfigDocument, Role } from '@credbroker/core/config/document'
import type { Problem } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
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

/** Somebody must be able to undo a change. */
export const anAdminRemains = (
  users: readonly { readonly roles: readonly Role[]; readonly disabled: boolean }[],
): boolean => users.some(({ roles, disabled }) => !disabled && roles.includes('admin'))

/** Every place where the document breaks a rule, as `scopes.orders-ro.root`. Names that refer to nothing included. */
export function configProblems(
  document: ConfigDocument,
  providers: ReadonlyMap<string, ProviderRules>,
  knownUsers: ReadonlySet<string>,
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
  problems.push(...anchorProblems(document, providers))
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
    if (!providers.has(root.provider)) {
      fault(
        `roots.${name}.provider`,
        `unknown provider; this broker has ${[...providers.keys()].sort().join(', ')}`,
      )
    }
    if (root.environment) refer(`roots.${name}.environment`, 'environments', root.environment)
    problems.push(...federationProblems(`roots.${name}`, root, providers.get(root.provider)))
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
    if (root.environment !== scope.environment) {
      const where = root.environment
        ? `belongs to ${root.environment}`
        : 'spans environments, so nothing is minted from it'
      fault(`scopes.${name}.environment`, `root ${scope.root} ${where} (I2)`)
    }
    for (const problem of providers.get(root.provider)?.specProblems(scope.allow) ?? []) {
      fault(`scopes.${name}.allow${problem.at ? `.${problem.at}` : ''}`, problem.message)
    }
  }
  return problems
}

/** A root is either federated or has a secret; its provider decides which. */
function federationProblems(
  at: string,
  { federated, secret, environment, provider }: ConfigDocument['roots'][string],
  rules: ProviderRules | undefined,
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
function anchorProblems(document: ConfigDocument, providers: ReadonlyMap<string, ProviderRules>): Problem[] {
  const byVendor = new Map([...providers.values()].map((provider) => [provider.vendor, provider]))
  const problems: Problem[] = []
  const claims: Claim[] = Object.entries(document.environments).flatMap(([environment, { anchors }]) =>
    anchors.map((anchor, i) => ({ at: `environments.${environment}.anchors.${i}`, environment, ...anchor })),
  )
  claims.forEach((claim, i) => {
    const provider = byVendor.get(claim.vendor)
    if (!provider) {
      const known = [...byVendor.keys()].sort().join(', ')
      problems.push({ at: `${claim.at}.vendor`, message: `unknown vendor; this broker has ${known}` })
    } else if (!provider.acceptsAnchor(claim.id)) {
      problems.push({
        at: `${claim.at}.id`,
        message: `an anchor of ${claim.vendor} looks like ${provider.anchorSyntax}`,
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
