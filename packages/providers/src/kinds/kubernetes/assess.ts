import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { Assessment, VendorIo } from '../../provider.ts'
import { clusterOf } from './cluster.ts'
import { judge, type Sight } from './judge.ts'
import { looking, noAccount } from './lease-object.ts'
import { rightsOf } from './rights.ts'
import type { KubernetesRoot, KubernetesSpec } from './root.ts'

/** By a token of the account itself, which nobody else ever sees: no other question covers all that it may do. */
export const assessScope = (root: KubernetesRoot, spec: KubernetesSpec, io: VendorIo): Promise<Assessment> =>
  looking(
    root,
    async (issue) => {
      const token = await issue(spec.serviceAccount)
      if (!token) throw noAccount()
      return sightOf(root, spec, token, io)
    },
    io,
  )

export async function sightOf(
  root: KubernetesRoot,
  spec: KubernetesSpec,
  token: Secret,
  io: VendorIo,
): Promise<Sight> {
  const cluster = await clusterOf(root, io)
  if (!cluster.namespaces.has(spec.namespace))
    throw new BrokerError('vendor_refused', {
      detail: 'The cluster has no namespace of the name that the scope says',
    })
  const rights = await rightsOf(root, token, cluster, io)
  return judge(cluster, rights, { own: root.namespace, at: spec.namespace })
}
