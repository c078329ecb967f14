import type { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import type { VendorIo } from '../../provider.ts'
import { askFor } from './api.ts'
import type { Cluster } from './cluster.ts'
import type { KubernetesRoot } from './root.ts'

/** What is empty is left out, or null. */
const words = z
  .array(z.string().max(300))
  .max(1000)
  .nullish()
  .transform((given) => given ?? [])
const resourceRule = z.object({ verbs: words, apiGroups: words, resources: words, resourceNames: words })
export type Rule = z.infer<typeof resourceRule>

const review = z.object({
  status: z.object({
    resourceRules: z.array(resourceRule).max(10_000),
    nonResourceRules: z
      .array(z.object({ verbs: words, nonResourceURLs: words }))
      .max(1000)
      .nullish()
      .transform((given) => given ?? []),
    incomplete: z.boolean(),
    evaluationError: z.string().optional(),
  }),
})

export interface Rights {
  /** In no namespace in particular, and so in all of them and beyond. */
  readonly everywhere: readonly Rule[]
  /** Besides those, by namespace; those without any are left out. */
  readonly within: ReadonlyMap<string, readonly Rule[]>
  /** False: the API server asks somebody else as well, who names no rules. */
  readonly complete: boolean
}

const AT_ONCE = 8

/**
 * What the API server lets an account do, or the root itself. A namespace that does not exist shows what is allowed everywhere: nobody
 * can have a role in it.
 */
export async function rightsOf(
  root: KubernetesRoot,
  as: Secret | undefined,
  cluster: Cluster,
  io: VendorIo,
): Promise<Rights> {
  const nowhere = `brk-nowhere-${Buffer.from(io.random(8)).toString('hex')}`
  const waiting = [nowhere, ...cluster.namespaces.keys()].values()
  const answers = new Map<string, Awaited<ReturnType<typeof rulesIn>>>()
  const work = async () => {
    for (const namespace of waiting) answers.set(namespace, await rulesIn(root, as, namespace, io))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const everywhere = answers.get(nowhere)?.rules ?? []
  const known = new Set(everywhere.map((rule) => JSON.stringify(rule)))
  const within = new Map<string, readonly Rule[]>()
  for (const [namespace, { rules }] of answers) {
    const own = rules.filter((rule) => !known.has(JSON.stringify(rule)))
    if (own.length > 0) within.set(namespace, own)
  }
  return { everywhere, within, complete: [...answers.values()].every(({ complete }) => complete) }
}

async function rulesIn(root: KubernetesRoot, as: Secret | undefined, namespace: string, io: VendorIo) {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
  const doing = 'to say what is allowed'
  const { status } = (await askFor(root, { method: 'POST', path, body, form: review, doing, as }, io)).value
  const urls = status.nonResourceRules
    .filter(({ verbs, nonResourceURLs }) => !isDiscovery(verbs, nonResourceURLs))
    .map(({ verbs, nonResourceURLs }) => ({
      verbs,
      apiGroups: [''],
      resources: nonResourceURLs,
      resourceNames: [],
    }))
  return {
    rules: [...status.resourceRules.filter((rule) => !isAboutOneself(rule) && !isPublic(rule)), ...urls],
    complete: !status.incomplete && status.evaluationError === undefined,
  }
}

/** What everybody may whom the API server knows: ask who they are and what they may. */
const isAboutOneself = ({ verbs, apiGroups, resources }: Rule): boolean =>
  verbs.every((verb) => verb === 'create') &&
  apiGroups.every((group) => group === 'authorization.k8s.io' || group === 'authentication.k8s.io') &&
  resources.every((resource) => /^selfsubject(access|rules)?reviews$/.test(resource))

/** The authorities of the cluster, which newer ones show to every account. */
const isPublic = ({ verbs, apiGroups, resources }: Rule): boolean =>
  verbs.every((verb) => ['get', 'list', 'watch'].includes(verb)) &&
  apiGroups.every((group) => group === 'certificates.k8s.io') &&
  resources.every((resource) => resource === 'clustertrustbundles')

/** And ask what there is. */
const isDiscovery = (verbs: readonly string[], urls: readonly string[]): boolean =>
  verbs.every((verb) => verb === 'get' || verb === 'head') &&
  urls.every((url) => /^\/(healthz|livez|readyz|version|apis?|openapi|openid|\.well-known)(\/|$)/.test(url))
