import type { Credential } from '@credbroker/core/credential'
import { BrokerError } from '@credbroker/core/errors'
import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import type { LeaseView } from '@credbroker/core/wire/tasks'
import type { MintedCredential } from '../../application/leases/mint-credential.ts'
import type { Lease } from '../../domain/lease.ts'

export const leaseView = (lease: Lease): LeaseView => ({
  id: lease.id,
  task: lease.task,
  grant: lease.grant,
  agent: lease.agent,
  scope: lease.scope,
  environment: lease.environment,
  provider: lease.provider,
  state: lease.state,
  name: lease.name,
  created_at: lease.createdAt.toISOString(),
  expires_at: lease.expiresAt.toISOString(),
  ...(lease.deadBy && { dead_by: lease.deadBy.toISOString() }),
  ...(lease.endedAt && { ended_at: lease.endedAt.toISOString() }),
  credential_dead: lease.credentialDead,
  sessions_dead: lease.sessionsDead,
  attempts: lease.attempts,
})

/** The one response that carries a minted credential. */
export function credentialView({ lease, credential, cappedBy }: MintedCredential): CredentialAnswer {
  // It has no end at its vendor: whoever held it would hold it for good (I3).
  if (lease.deadBy === null) throw new BrokerError('capability_absent')
  return {
    lease: lease.id,
    scope: lease.scope,
    environment: lease.environment,
    credential: exposed(credential),
    expires_at: lease.expiresAt.toISOString(),
    dead_by: lease.deadBy.toISOString(),
    capped_by: cappedBy,
  }
}

function exposed(credential: Credential): CredentialAnswer['credential'] {
  if (credential.form === 'postgres') return { ...credential, password: credential.password.expose() }
  if (credential.form === 'github') {
    const { token, apiUrl, gitUrl, repositories } = credential
    return {
      form: 'github',
      token: token.expose(),
      api_url: apiUrl,
      git_url: gitUrl,
      repositories: [...repositories],
    }
  }
  if (credential.form === 'kubernetes') return { ...credential, token: credential.token.expose() }
  // It has no end at its vendor: whoever held it would hold it for good (I3).
  if (credential.form === 'railway') throw new BrokerError('capability_absent')
  const { endpointUrl, ...aws } = credential
  return {
    form: 'aws',
    access_key_id: aws.accessKeyId,
    secret_access_key: aws.secretAccessKey.expose(),
    session_token: aws.sessionToken.expose(),
    region: aws.region,
    ...(endpointUrl && { endpoint_url: endpointUrl }),
  }
}
