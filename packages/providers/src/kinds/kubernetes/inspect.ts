import type { Finding, Inspection, VendorIo } from '../../provider.ts'
import { anchorOf } from './anchor.ts'
import { list } from './api.ts'
import { type Cluster, clusterOf } from './cluster.ts'
import { canBecomeOthers, rightsIn, say } from './judge.ts'
import { looking } from './lease-object.ts'
import { type Rights, type Rule, rightsOf } from './rights.ts'
import type { KubernetesRoot } from './root.ts'

/** Beyond these nobody looks. */
const MOST_ACCOUNTS = 20
const LISTED = 1000

/**
 * The root is what it may do itself, and what every account may do in its namespace: it makes tokens for them, and whoever makes
 * Secrets there does so too.
 */
export async function inspectRoot(root: KubernetesRoot, io: VendorIo): Promise<Inspection> {
  const cluster = await clusterOf(root, io)
  const own = await rightsOf(root, undefined, cluster, io)
  const beyond = beyondMinting(root, own)
  const reach = reachOf(cluster, beyond)
  reach.add(anchorOf(cluster.id, root.namespace))
  const findings: Finding[] = describeBeyond(beyond)
  let complete = own.complete
  const path = `/api/v1/namespaces/${root.namespace}/serviceaccounts`
  const accounts = await list(root, { path, doing: 'to list service accounts', most: LISTED }, io)
  const many = accounts.value.length > MOST_ACCOUNTS
  await looking(
    root,
    async (issue) => {
      for (const { name } of accounts.value.slice(0, MOST_ACCOUNTS)) {
        const token = await issue(name)
        if (!token) continue
        const rights = await rightsOf(root, token, cluster, io)
        complete &&= rights.complete
        for (const anchor of reachOf(cluster, rights, root.namespace)) reach.add(anchor)
      }
    },
    io,
  )
  return {
    reach: [...reach].sort(),
    complete: complete && !many,
    identity: `${root.token ? 'a token' : 'a client certificate'} for the service accounts of ${root.namespace}`,
    findings: [...findings, ...(complete ? [] : [UNKNOWN]), ...(many ? [MANY] : [])],
  }
}

/** Where these rights lead. Who can take up the rights of others reaches all of the cluster, outside of a namespace already counted. */
function reachOf(cluster: Cluster, { everywhere, within }: Rights, counted?: string): Set<string> {
  const reach = new Set<string>()
  if (everywhere.length > 0) reach.add(cluster.id)
  for (const [namespace, rules] of within) {
    reach.add(anchorOf(cluster.id, namespace))
    if (namespace !== counted && canBecomeOthers(rules)) reach.add(cluster.id)
  }
  return reach
}

/** What minting takes, everywhere and in the root's namespace. */
const NEEDED = {
  everywhere: new Set(['get namespaces', 'list namespaces']),
  own: new Set([
    'get secrets',
    'list secrets',
    'create secrets',
    'delete secrets',
    'get serviceaccounts',
    'list serviceaccounts',
    'create serviceaccounts/token',
  ]),
}

function beyondMinting({ namespace }: KubernetesRoot, { everywhere, within, complete }: Rights): Rights {
  const without = (rules: readonly Rule[], needed: ReadonlySet<string>): Rule[] =>
    rules.filter((rule) => rightsIn(rule).some((right) => !needed.has(say(right))))
  const rest = [...within].map(
    ([name, rules]) => [name, name === namespace ? without(rules, NEEDED.own) : rules] as const,
  )
  return {
    everywhere: without(everywhere, NEEDED.everywhere),
    within: new Map(rest.filter(([, rules]) => rules.length > 0)),
    complete,
  }
}

function describeBeyond({ everywhere, within }: Rights): Finding[] {
  const all = [
    ...everywhere.flatMap(rightsIn).map((right) => `${say(right)} everywhere`),
    ...[...within].flatMap(([namespace, rules]) =>
      rules.flatMap(rightsIn).map((right) => `${say(right)} in ${namespace}`),
    ),
  ]
  if (all.length === 0) return []
  return [
    {
      level: 'over-broad',
      code: 'more-than-minting',
      message: `The root may do more than make tokens: ${[...new Set(all)].slice(0, 10).join(', ')}. Take that away.`,
    },
  ]
}

const UNKNOWN: Finding = {
  level: 'unsafe',
  code: 'rules-unknown',
  message:
    'The API server asks a webhook as well who may do what, and so does not say all that an account may do.',
}

const MANY: Finding = {
  level: 'unsafe',
  code: 'many-accounts',
  message: `The namespace has more than ${MOST_ACCOUNTS} service accounts, so that what the root reaches is not read. Keep those for agents in a namespace of their own.`,
}
