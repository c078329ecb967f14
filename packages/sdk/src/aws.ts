import type { AwsCredential } from '@credbroker/core/credential'
import { formOf } from './form.ts'
import type { LeaseHandle } from './lease-handle.ts'

/** What `credentials` of an AWS SDK v3 client takes (`AwsCredentialIdentity`). */
export interface AwsIdentity {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
}

/** A credential provider of the AWS SDK v3: the client calls it again before `expiration`. */
export type AwsCredentialProvider = () => Promise<AwsIdentity>

/** The settings of an AWS SDK v3 client for one scope: pass it whole, or spread it beside your own. */
export interface AwsClientConfig {
  readonly credentials: AwsCredentialProvider
  readonly region: string
  /** Set for tests and private deployments. */
  readonly endpoint?: string
}

/** @internal */
export const awsProvider = (handle: LeaseHandle): AwsCredentialProvider =>
  async function brokerCredentials() {
    const { credential, expiration } = await awsLease(handle)
    return {
      accessKeyId: credential.accessKeyId,
      secretAccessKey: credential.secretAccessKey.expose(),
      sessionToken: credential.sessionToken.expose(),
      expiration,
    }
  }

/** @internal */
export async function awsClientConfig(handle: LeaseHandle): Promise<AwsClientConfig> {
  const { region, endpointUrl } = (await awsLease(handle)).credential
  return {
    credentials: awsProvider(handle),
    region,
    ...(endpointUrl !== undefined && { endpoint: endpointUrl }),
  }
}

async function awsLease(handle: LeaseHandle): Promise<{ credential: AwsCredential; expiration: Date }> {
  const lease = await handle.current()
  return { credential: formOf('aws', lease), expiration: lease.expiresAt }
}
