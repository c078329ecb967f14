import { type Access, sortAccess } from '@credbroker/core/access'
import type { Finding } from '../../provider.ts'
import { anchorOf } from './anchor.ts'
import { accessOf, natureOf } from './catalogue.ts'
import type { Cluster } from './cluster.ts'
import type { Rights, Rule } from './rights.ts'

export interface Sight {
  readonly access: readonly Access[]
  readonly evidence: readonly { readonly access: Access; readonly because: string }[]
  readonly reach: readonly string[]
  /** What has to change at the cluster before anything is minted. */
  readonly findings: readonly Finding[]
}

/** One verb on one resource. */
interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
}

/** `own`: the namespace of the leases themselves. `at`: where the scope works. */
export function judge(
  cluster: Cluster,
  rights: Rights,
  { own, at }: { readonly own: string; readonly at: string },
): Sight {
  const reach = new Set([anchorOf(cluster.id, at)])
  const evidence = new Map<Access, string>()
  const findings = new Map<string, Finding>()
  const unsafe = (code: string, message: string) => {
    if (!findings.has(code)) findings.set(code, { level: 'unsafe', code, message })
  }
  if (!rights.complete) {
    evidence.set('admin', 'the API server does not name all rules')
    reach.add(cluster.id)
    unsafe(
      'rules-unknown',
      'The API server asks a webhook as well, and so does not say all that the account may do.',
    )
  }
  for (const right of rights.everywhere.flatMap(rightsIn)) {
    for (const access of levelsOf(right))
      if (!evidence.has(access)) evidence.set(access, `${say(right)}, everywhere`)
    reach.add(cluster.id)
    unsafe(
      'cluster-wide',
      `The account may ${say(right)} in the whole cluster, other environments included. Bind its role by RoleBindings in the namespaces of the environment, and by no ClusterRoleBinding.`,
    )
  }
  for (const [namespace, rules] of rights.within) {
    reach.add(anchorOf(cluster.id, namespace))
    const confined = cluster.namespaces.get(namespace)?.confined === true
    for (const right of rules.flatMap(rightsIn)) {
      const because = `${say(right)} in ${namespace}`
      for (const access of levelsOf(right)) if (!evidence.has(access)) evidence.set(access, because)
      if (namespace === own)
        unsafe(
          'own-namespace',
          `The account may ${because}, where the Secrets of the leases are. Give it roles in other namespaces only.`,
        )
      if (isEndless(right))
        unsafe(
          'endless-streams',
          `The account may ${because}: what is begun so goes on after its token has ended. Leave out watch, log, exec, attach, portforward and proxy.`,
        )
      if (isLasting(right))
        unsafe(
          'lasting-rights',
          `The account may ${because}, and could leave rights or tokens behind that outlive its own. Leave that out of its role.`,
        )
      if (startsPods(right) && !confined)
        unsafe(
          'pods-unconfined',
          `The account may ${because}, and a pod there may take over its node. Label the namespace pod-security.kubernetes.io/enforce=baseline, or restricted.`,
        )
    }
  }
  const access = sortAccess(['read', ...evidence.keys()])
  return {
    access,
    evidence: access.map((level) => ({ access: level, because: evidence.get(level) ?? 'who it is' })),
    reach: [...reach].sort(),
    findings: [...findings.values()],
  }
}

export const rightsIn = ({ verbs, apiGroups, resources }: Rule): Right[] =>
  verbs.flatMap((verb) =>
    resources.flatMap((resource) => apiGroups.map((group) => ({ verb, group, resource }))),
  )

const levelsOf = ({ verb, group, resource }: Right) => accessOf(natureOf(group, resource), verb)

export const say = ({ verb, group, resource }: Right): string =>
  `${verb} ${resource}${group === '' ? '' : ` of ${group}`}`

/** A watch lasts as long as its client wishes; a connection to a pod, as the pod does. */
const isEndless = ({ verb, group, resource }: Right): boolean => {
  const nature = natureOf(group, resource)
  return verb === 'watch' || nature === 'stream' || (nature === undefined && /[*/]/.test(resource))
}

const READS = new Set(['get', 'list', 'watch'])
const KNOWN = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'])

/** By a Secret an account gets a token without an end; by a role or its binding, anybody gets anything. */
export function isLasting({ verb, group, resource }: Right): boolean {
  if (!KNOWN.has(verb)) return true
  if (READS.has(verb) || verb === 'delete' || verb === 'deletecollection') return false
  return (
    group === '*' ||
    resource.includes('*') ||
    resource === 'secrets' ||
    resource === 'serviceaccounts/token' ||
    group === 'rbac.authorization.k8s.io'
  )
}

const startsPods = ({ verb, group, resource }: Right): boolean =>
  natureOf(group, resource) === 'workload' && ['create', 'update', 'patch'].includes(verb)

/** Whether somebody with these could take up the rights of others. */
export const canBecomeOthers = (rules: readonly Rule[]): boolean => rules.flatMap(rightsIn).some(isLasting)
