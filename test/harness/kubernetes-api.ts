import { randomBytes } from 'node:crypto'

export const KINDS: Readonly<Record<string, string>> = {
  namespaces: 'Namespace',
  secrets: 'Secret',
  configmaps: 'ConfigMap',
  serviceaccounts: 'ServiceAccount',
}

export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const userOf = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`

/** What looks like the token of a service account. */
export const newToken = (): string =>
  ['{"alg":"RS256"}', '{"iss":"https://kubernetes.default.svc"}', randomBytes(32)]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

const resource = (name: string, kind: string, namespaced: boolean) => ({
  name,
  singularName: kind.toLowerCase(),
  kind,
  namespaced,
  verbs: ['create', 'delete', 'get', 'list'],
})

/** As much of it as kubectl wants. */
export const DISCOVERY: Readonly<Record<string, object>> = {
  '/version': { major: '1', minor: '33', gitVersion: 'v1.33.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: Object.entries(KINDS).map(([name, kind]) => resource(name, kind, name !== 'namespaces')),
  },
}

export interface Thing {
  readonly kind: string
  readonly plural: string
  readonly namespace?: string
  readonly name: string
  readonly uid: string
  readonly created: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
}
export interface Token {
  readonly user: string
  readonly until: number
  /** Of the Secret that it is bound to. */
  readonly bound?: string
}
export interface Reply {
  readonly status: number
  readonly body: unknown
}

export type Json = Readonly<Record<string, unknown>>
export interface TokenRequest {
  readonly spec: {
    readonly expirationSeconds: number
    readonly boundObjectRef?: { readonly kind: string; readonly name: string; readonly uid: string }
  }
}
