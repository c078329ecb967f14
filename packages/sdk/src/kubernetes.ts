import { formOf } from './form.ts'
import type { LeaseHandle } from './lease-handle.ts'

/** One API server for one scope, for whatever client talks to it. */
export interface KubernetesAccess {
  /** `https://10.0.0.1:6443` */
  readonly server: string
  /** PEM: to be trusted in place of the public authorities. */
  readonly ca?: string
  /** Where to work, unless you know better. */
  readonly namespace: string
  /** The bearer token of the moment: ask before each request. */
  readonly token: () => Promise<string>
}

/** @internal */
export async function kubernetesAccess(handle: LeaseHandle): Promise<KubernetesAccess> {
  const held = async () => formOf('kubernetes', await handle.current())
  const { server, ca, namespace } = await held()
  return {
    server,
    namespace,
    ...(ca !== undefined && { ca }),
    token: async () => (await held()).token.expose(),
  }
}
