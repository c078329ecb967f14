import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import type { VendorIo } from '../../provider.ts'
import { ask, askFor, list, look, type Metadata, object, type Told } from './api.ts'
import type { KubernetesRoot } from './root.ts'

/** The Secret that a token is bound to: empty, and gone with the lease. Kubernetes takes no `_` in names, and we no `-`. */
const LABEL = 'credbroker-holds'
const MOST = 10_000

export type Holds = 'lease' | 'end' | 'look'

export const objectName = (lease: string): string => lease.replaceAll('_', '-')
export const leaseName = (name: string): string => name.replaceAll('-', '_')
export const holds = ({ labels }: Metadata): string | undefined => labels[LABEL]

const folder = (namespace: string): string => `/api/v1/namespaces/${namespace}/secrets`

/** @throws {BrokerError} `conflict` where the name is taken */
export async function createObject(
  root: KubernetesRoot,
  at: { readonly namespace: string; readonly name: string; readonly holds: Holds },
  annotations: Readonly<Record<string, string>>,
  io: VendorIo,
): Promise<Told<Metadata>> {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    immutable: true,
    metadata: {
      name: at.name,
      labels: { 'app.kubernetes.io/managed-by': 'credbroker', [LABEL]: at.holds },
      annotations,
    },
  }
  const doing = 'to make the Secret of a lease'
  const told = await askFor(
    root,
    { method: 'POST', path: folder(at.namespace), body, form: object, doing },
    io,
  )
  return { value: told.value.metadata, now: told.now }
}

export const findObject = (
  root: KubernetesRoot,
  namespace: string,
  name: string,
  io: VendorIo,
): Promise<Told<Metadata> | undefined> =>
  look(root, `${folder(namespace)}/${name}`, 'to look for the Secret of a lease', io)

export const listObjects = (root: KubernetesRoot, io: VendorIo): Promise<Told<readonly Metadata[]>> =>
  list(root, { path: folder(root.namespace), doing: 'to list the Secrets of leases', most: MOST }, io)

/** `uid`: that one, and not another one that came to the name meanwhile. */
export async function removeObject(
  root: KubernetesRoot,
  namespace: string,
  { name, uid }: Pick<Metadata, 'name' | 'uid'>,
  io: VendorIo,
): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } }
  const path = `${folder(namespace)}/${name}`
  await ask(
    root,
    { method: 'DELETE', path, body, form: z.unknown(), doing: 'to delete the Secret of a lease' },
    io,
  )
}

const issued = z.object({
  status: z.object({
    token: z.string().regex(/^[!-~]{16,16384}$/),
    expirationTimestamp: z.iso.datetime({ offset: true }),
  }),
})

export interface Issued {
  readonly token: Secret
  readonly until: Date
}

/** `undefined` where there is no such account. @throws {BrokerError} as `ask` does */
export async function issueToken(
  root: KubernetesRoot,
  account: string,
  { bound, seconds }: { readonly bound: Metadata; readonly seconds: number },
  io: VendorIo,
): Promise<Issued | undefined> {
  io.signal.throwIfAborted()
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds: seconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: bound.name, uid: bound.uid },
    },
  }
  const path = `/api/v1/namespaces/${root.namespace}/serviceaccounts/${account}/token`
  const told = await ask(root, { method: 'POST', path, body, form: issued, doing: 'to issue a token' }, io)
  if (!told) return undefined
  const { token, expirationTimestamp } = told.value.status
  // Its life counts from the API server's clock, which may not be ours.
  const life = Date.parse(expirationTimestamp) - told.now.getTime()
  return { token: new Secret(token), until: new Date(io.now().getTime() + life) }
}

/** For a look at what accounts may do: the Secret goes with it, and with the Secret whatever token was bound to it. */
export async function looking<T>(
  root: KubernetesRoot,
  use: (issue: (account: string) => Promise<Secret | undefined>) => Promise<T>,
  io: VendorIo,
): Promise<T> {
  const name = `${LOOK}${Buffer.from(io.random(8)).toString('hex')}`
  const { namespace } = root
  const { value: bound } = await createObject(root, { namespace, name, holds: 'look' }, {}, io)
  try {
    return await use(
      async (account) => (await issueToken(root, account, { bound, seconds: FLOOR_SECONDS }, io))?.token,
    )
  } finally {
    await removeObject(root, namespace, bound, io).catch(() => {})
  }
}

export const FLOOR_SECONDS = 600
export const LOOK = 'brk-look-'

export const noAccount = (): BrokerError =>
  new BrokerError('vendor_refused', {
    detail: 'The namespace of the root has no service account of the name that the scope says',
  })
