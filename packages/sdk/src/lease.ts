import type { Credential } from '@credbroker/core/credential'
import { Secret } from '@credbroker/core/secret'
import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import { BrokerUnreachableError } from './errors.ts'

/** One minted vendor credential. Its secret parts are {@link Secret}s: nothing here prints them. */
export interface Lease {
  /** `lse_…` */
  readonly id: string
  readonly scope: string
  readonly environment: string
  readonly credential: Credential
  readonly expiresAt: Date
  /** When it is dead even if the vendor cannot be reached. */
  readonly deadBy: Date
  /** Which limit decided the life. `grant`: another one would not live longer. */
  readonly cappedBy: 'asked' | 'scope' | 'grant' | 'provider' | 'default'
}

/** @internal */
export function leaseFromWire(answer: CredentialAnswer): Lease {
  return {
    id: answer.lease,
    scope: answer.scope,
    environment: answer.environment,
    credential: credentialFromWire(answer.credential),
    expiresAt: new Date(answer.expires_at),
    deadBy: new Date(answer.dead_by),
    cappedBy: answer.capped_by,
  }
}

function credentialFromWire(wire: CredentialAnswer['credential']): Credential {
  switch (wire?.form) {
    case 'postgres': {
      const { ca, ...rest } = wire
      return { ...rest, password: new Secret(wire.password), ...(ca !== undefined && { ca }) }
    }
    case 'aws':
      return {
        form: 'aws',
        accessKeyId: wire.access_key_id,
        secretAccessKey: new Secret(wire.secret_access_key),
        sessionToken: new Secret(wire.session_token),
        region: wire.region,
        ...(wire.endpoint_url !== undefined && { endpointUrl: wire.endpoint_url }),
      }
    case 'github':
      return {
        form: 'github',
        token: new Secret(wire.token),
        apiUrl: wire.api_url,
        gitUrl: wire.git_url,
        repositories: wire.repositories,
      }
    case 'kubernetes': {
      const { token, ca, ...rest } = wire
      return { ...rest, token: new Secret(token), ...(ca !== undefined && { ca }) }
    }
    default:
      throw new BrokerUnreachableError('the broker minted a form of credential that this SDK does not know')
  }
}
