/** RBAC of a cluster as its API server decides it: additive rules, bound in one namespace or everywhere. */
export interface RbacRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface Binding {
  readonly user: string
  /** Left out: a ClusterRoleBinding. */
  readonly namespace?: string
  readonly rules: readonly RbacRule[]
}

export interface Ask {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
}

/** What every cluster lets everybody do whom it knows. */
const BASICS: readonly RbacRule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
]

/** As `RulesFor`: of bindings everywhere, then of those in the namespace. Whether it exists is not asked. */
export const rulesFor = (bindings: readonly Binding[], user: string, namespace?: string): RbacRule[] => [
  ...BASICS,
  ...bindings
    .filter((each) => each.user === user && (each.namespace === undefined || each.namespace === namespace))
    .sort((a, b) => Number(a.namespace !== undefined) - Number(b.namespace !== undefined))
    .flatMap(({ rules }) => rules),
]

const has = (list: readonly string[], word: string) => list.includes('*') || list.includes(word)

export const allows = (bindings: readonly Binding[], user: string, ask: Ask): boolean =>
  rulesFor(bindings, user, ask.namespace).some(
    ({ verbs, apiGroups, resources, resourceNames = [] }) =>
      has(verbs, ask.verb) &&
      has(apiGroups, ask.group) &&
      has(resources, ask.resource) &&
      (resourceNames.length === 0 || (ask.name !== undefined && resourceNames.includes(ask.name))),
  )

/** One rule in short: `get,list configmaps`, `create deployments.apps`, `create serviceaccounts/token:deployer`. */
export const rule = (text: string): RbacRule => {
  const [verbs = '', what = '', names] = text.split(/[ :]/)
  const [plural = '', ...rest] = what.split('/')
  const [resource = '', ...group] = plural.split('.')
  return {
    verbs: verbs.split(','),
    apiGroups: [group.join('.')],
    resources: [[resource, ...rest].join('/')],
    ...(names !== undefined && { resourceNames: names.split(',') }),
  }
}
