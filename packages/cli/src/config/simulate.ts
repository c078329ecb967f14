import { KNOWN_CONNECTORS } from '@credbroker/connectors/catalogue.gen'
import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import { ACCESS, type Access, sortAccess } from '@credbroker/core/access'
import type { ConfigDocument, PolicySource } from '@credbroker/core/config/document'
import type { Simulation } from '@credbroker/core/wire/simulate'
import { compilePolicies } from '@credbroker/policy/compile'
import { explain } from '@credbroker/policy/explain'
import type { PolicyRequest } from '@credbroker/policy/request'
import { UsageError } from '../usage-error.ts'

interface Question {
  readonly agent: string
  readonly scope: string
  readonly env?: string
  readonly ttl?: number
  /** What the scope can do. Only its vendor knows; without it, what the file declares. */
  readonly access?: readonly string[]
  readonly now: Date
}

/**
 * What these files would decide. It presumes that an approver exists, and that the scope can do no more than was said:
 * the broker itself computes that from the vendor's catalogue.
 *
 * @throws UsageError when the files know no such agent or scope
 */
export function simulate(
  config: ConfigDocument,
  policies: readonly PolicySource[],
  question: Question,
): Simulation {
  const set = compilePolicies(policies, VOCABULARY)
  const levels = levelsOf(config, question)
  const decisions = levels.map((access) => {
    const { decision, lines } = explain(set, requestOf(config, question, access))
    const reasons = 'reasons' in decision ? decision.reasons.map(({ reason }) => reason) : []
    return {
      access,
      verdict: decision.verdict,
      policies: [...decision.policies],
      reasons,
      explanation: [...lines],
    }
  })
  const has = (verdict: string): boolean => decisions.some((decision) => decision.verdict === verdict)
  // Of a gateway scope each call is decided by itself: what counts here is whether any could be permitted.
  if (isGateway(config, question.scope))
    return { verdict: has('permit') || has('approval') ? 'permit' : 'deny', decisions }
  return { verdict: has('deny') ? 'deny' : has('approval') ? 'approval' : 'permit', decisions }
}

function levelsOf(config: ConfigDocument, { access, scope }: Question): Access[] {
  const unknown = access?.find((level) => !(ACCESS as readonly string[]).includes(level))
  if (unknown !== undefined) throw new UsageError(`An access level is one of ${ACCESS.join(', ')}.`)
  return sortAccess((access as Access[] | undefined) ?? ['read', ...(config.scopes[scope]?.access ?? [])])
}

function requestOf(config: ConfigDocument, question: Question, action: Access): PolicyRequest {
  const agent = config.agents[question.agent]
  const scope = config.scopes[question.scope]
  if (agent === undefined) throw new UsageError('The files declare no such agent.')
  if (scope === undefined) throw new UsageError('The files declare no such scope.')
  const environment = config.environments[scope.environment]
  return {
    agent: {
      name: question.agent,
      owner: agent.owner,
      teams: agent.teams,
      tool: agent.tool,
      model: agent.model,
    },
    scope: {
      name: question.scope,
      root: scope.root,
      environment: scope.environment,
      provider: config.roots[scope.root]?.provider ?? 'unknown',
      side: scope.side,
      gateway: isGateway(config, question.scope),
    },
    environment: {
      name: scope.environment,
      tier: environment?.tier ?? 'protected',
      recoveryGroup: recoveryGroup(config.environments, scope.environment),
    },
    action,
    task: { environment: question.env ?? scope.environment },
    phase: 'grant',
    ttlSeconds: Math.min(question.ttl ?? scope.maxTtl, scope.maxTtl),
    approverExists: true,
    now: Math.floor(question.now.getTime() / 1000),
  }
}

/** Whether nothing is minted from it: it names a connector, or its root is of one. */
function isGateway(config: ConfigDocument, name: string): boolean {
  const scope = config.scopes[name]
  const root = config.roots[scope?.root ?? '']
  return scope?.connector !== undefined || KNOWN_CONNECTORS.has(root?.provider ?? '')
}

/** Environments connected by `backups` share one group, called by the alphabetically first of them. */
function recoveryGroup(environments: ConfigDocument['environments'], start: string): string {
  const edges = Object.entries(environments).flatMap(([name, { backups }]) =>
    backups.map((backup) => [name, backup]),
  )
  const group = new Set([start])
  for (let size = 0; size !== group.size; ) {
    size = group.size
    for (const edge of edges)
      if (edge.some((name) => group.has(name))) for (const name of edge) group.add(name)
  }
  return [...group].sort()[0] as string
}
