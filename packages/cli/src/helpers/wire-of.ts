import type { Credential } from '@credbroker/core/credential'
import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import type { Lease } from '@credbroker/sdk/lease'

/** A lease as the broker sent it. */
export const wireOf = (lease: Lease): CredentialAnswer => ({
  lease: lease.id,
  scope: lease.scope,
  environment: lease.environment,
  credential: exposed(lease.credential),
  expires_at: lease.expiresAt.toISOString(),
  dead_by: lease.deadBy.toISOString(),
  capped_by: lease.cappedBy,
})

function exposed(credential: Credential): CredentialAnswer['credential'] {
  switch (credential.form) {
    case 'postgres':
      return { ...credential, password: credential.password.expose() }
    case 'kubernetes':
      return { ...credential, token: credential.token.expose() }
    case 'github':
      return {
        form: 'github',
        token: credential.token.expose(),
        api_url: credential.apiUrl,
        git_url: credential.gitUrl,
        repositories: [...credential.repositories],
      }
    case 'aws':
      return {
        form: 'aws',
        access_key_id: credential.accessKeyId,
        secret_access_key: credential.secretAccessKey.expose(),
        session_token: credential.sessionToken.expose(),
        region: credential.region,
        ...(credential.endpointUrl !== undefined && { endpoint_url: credential.endpointUrl }),
      }
    case 'railway':
      throw new TypeError('a credential of this form is handed to nobody')
  }
}
