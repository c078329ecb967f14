import { BrokerError } from '@credbroker/core/errors'
import type { VendorIo } from '../../provider.ts'
import { isNamespace, isUid } from './anchor.ts'
import { list } from './api.ts'
import type { KubernetesRoot } from './root.ts'

/** Each is asked about: beyond these nobody can say what an account reaches. */
const MOST_NAMESPACES = 200
const POD_SECURITY = 'pod-security.kubernetes.io/enforce'

export interface Cluster {
  readonly id: string
  /** With whether pods there are kept from their node, by Pod Security. */
  readonly namespaces: ReadonlyMap<string, { readonly confined: boolean }>
}

/** @throws {BrokerError} `reach_refused` where there are too many namespaces to look at */
export async function clusterOf(root: KubernetesRoot, io: VendorIo): Promise<Cluster> {
  const path = '/api/v1/namespaces'
  const { value } = await list(root, { path, doing: 'to list namespaces', most: MOST_NAMESPACES }, io)
  const id = value.find(({ name }) => name === 'kube-system')?.uid
  if (id === undefined || !isUid(id) || !value.every(({ name }) => isNamespace(name)))
    throw new BrokerError('vendor_refused', { detail: 'The API server does not say which cluster it is of' })
  return {
    id,
    namespaces: new Map(
      value.map(({ name, labels }) => [
        name,
        { confined: ['baseline', 'restricted'].includes(labels[POD_SECURITY] ?? '') },
      ]),
    ),
  }
}
