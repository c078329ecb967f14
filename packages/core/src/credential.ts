import type { Secret } from './secret.ts'

/**
 * What a provider minted, in the form a client of that kind of system expects. `form` is the only thing
 * that deliveries (SDK handles, `broker exec`) branch on; they never ask which provider it was.
 */
export type Credential =
  | PostgresCredential
  | AwsCredential
  | GithubCredential
  | KubernetesCredential
  | RailwayCredential

export interface PostgresCredential {
  readonly form: 'postgres'
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: Secret
  /** libpq's sslmode, as the root was given it. */
  readonly sslmode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** PEM; with `verify-…` the authorities that the root names, where it names any: to be trusted instead of the public ones. */
  readonly ca?: string
}

export interface AwsCredential {
  readonly form: 'aws'
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
  readonly region: string
  /** Set for tests and private deployments: where the clients of this credential must send their requests. */
  readonly endpointUrl?: string
}

/** A bearer token of GitHub's interface, and a password of its git server. */
export interface GithubCredential {
  readonly form: 'github'
  readonly token: Secret
  /** `https://api.github.com` */
  readonly apiUrl: string
  /** `https://github.com`: where git goes, with any user name. */
  readonly gitUrl: string
  /** Which it opens, as they were named when it was made: `acme/shop`. */
  readonly repositories: readonly string[]
}

/** A bearer token of a service account, for one API server. */
export interface KubernetesCredential {
  readonly form: 'kubernetes'
  readonly token: Secret
  /** `https://10.0.0.1:6443` */
  readonly server: string
  /** PEM: the authorities of the API server, where the root names any: to be trusted instead of the public ones. */
  readonly ca?: string
  /** Where clients work that name none. */
  readonly namespace: string
}

/** A token of one environment of one project. It has no end of its own, so the broker sends it and hands it to nobody. */
export interface RailwayCredential {
  readonly form: 'railway'
  readonly token: Secret
  /** `https://backboard.railway.com` */
  readonly origin: string
}

export type CredentialForm = Credential['form']

/** The part whose SHA-256 identifies the credential in audit, and in the vendor's own log where it keeps one. */
export function secretPart(credential: Credential): Secret {
  switch (credential.form) {
    case 'postgres':
      return credential.password
    case 'aws':
      return credential.sessionToken
    case 'github':
    case 'kubernetes':
    case 'railway':
      return credential.token
  }
}
