import { entityOf, type Node } from './cedar-json.ts'
import type { Policy } from './read-policy.ts'
import type { PolicyRequest } from './request.ts'

/** Policies whose head names the same principal and the same resource, or leaves them open. */
interface Bucket {
  readonly number: number
  readonly policies: Policy[]
}

/** First by what the head asks of the principal, then of the resource; `*` where it asks nothing. */
export interface PolicyIndex {
  readonly all: readonly Policy[]
  readonly buckets: ReadonlyMap<string, ReadonlyMap<string, Bucket>>
}

/** The policies that can concern a request, and a name for exactly this selection. */
export interface Slice {
  readonly key: string
  readonly policies: readonly Policy[]
}

/** Up to here, evaluating everything costs less than keeping selections apart. */
const SMALL_SET = 40
const ANY = '*'
const keyOf = (type: string, id: string): string => `${type}:${id}`

/**
 * What a head demands. `==` is taken for `in`, and everything not understood for "anything": a selection may hold too
 * many policies, never too few.
 */
function demand(constraint: Node | undefined): string {
  const { op, entity, in: within } = (constraint ?? {}) as { readonly [key: string]: Node | undefined }
  const target = entityOf(op === 'is' ? (within as { entity?: Node } | undefined)?.entity : entity)
  return (op === '==' || op === 'in' || op === 'is') && target ? keyOf(target.type, target.id) : ANY
}

export function indexPolicies(policies: readonly Policy[]): PolicyIndex {
  const buckets = new Map<string, Map<string, Bucket>>()
  let number = 0
  for (const policy of policies) {
    const principal = demand(policy.json.principal as Node)
    const resource = demand(policy.json.resource as Node)
    const byResource = buckets.get(principal) ?? new Map<string, Bucket>()
    const bucket = byResource.get(resource) ?? { number: number++, policies: [] }
    bucket.policies.push(policy)
    buckets.set(principal, byResource.set(resource, bucket))
  }
  return { all: policies, buckets }
}

/** Everything, whatever is asked. What {@link sliceFor} selects must decide the same. */
export const wholeSet = (index: PolicyIndex): Slice => ({ key: 'all', policies: index.all })

export function sliceFor(
  index: PolicyIndex,
  request: Pick<PolicyRequest, 'agent' | 'scope'>,
  smallSet = SMALL_SET,
): Slice {
  if (index.all.length <= smallSet) return wholeSet(index)
  const { agent, scope } = request
  const principals = [ANY, keyOf('Agent', agent.name), ...agent.teams.map((team) => keyOf('Team', team))]
  const resources = [
    ANY,
    keyOf('Scope', scope.name),
    keyOf('Root', scope.root),
    keyOf('Environment', scope.environment),
  ]
  const found = new Set<Bucket>()
  for (const principal of principals) {
    const byResource = index.buckets.get(principal)
    for (const resource of resources) {
      const bucket = byResource?.get(resource)
      if (bucket) found.add(bucket)
    }
  }
  const buckets = [...found].sort((a, b) => a.number - b.number)
  return {
    key: buckets.map((bucket) => bucket.number).join(),
    policies: buckets.flatMap((bucket) => bucket.policies),
  }
}
