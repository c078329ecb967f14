import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import { UsageError } from '../usage-error.ts'

export type CredentialForm = 'credential-process' | 'url' | 'env'

const DEFAULTS = { aws: 'credential-process', postgres: 'url', github: 'env' } as const

/** A credential as a tool reads it: AWS `credential_process`, a libpq URL, or lines for a shell to evaluate. */
export function credentialText(answer: CredentialAnswer, form?: CredentialForm): string {
  const { credential } = answer
  const wanted = form ?? DEFAULTS[credential.form]
  if (wanted === 'env') return shellLines(environmentOf(credential))
  if (wanted === 'credential-process' && credential.form === 'aws')
    return `${JSON.stringify({
      Version: 1,
      AccessKeyId: credential.access_key_id,
      SecretAccessKey: credential.secret_access_key,
      SessionToken: credential.session_token,
      Expiration: answer.expires_at,
    })}\n`
  if (wanted === 'url' && credential.form === 'postgres') {
    const { host, port, database, user, password, sslmode } = credential
    const address = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
    const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
    return `postgres://${login}@${address}:${port}/${encodeURIComponent(database)}?sslmode=${sslmode}\n`
  }
  throw new UsageError(`A credential of the form ${credential.form} cannot be printed as ${wanted}.`)
}

function environmentOf(credential: CredentialAnswer['credential']): Record<string, string> {
  if (credential.form === 'aws')
    return {
      AWS_ACCESS_KEY_ID: credential.access_key_id,
      AWS_SECRET_ACCESS_KEY: credential.secret_access_key,
      AWS_SESSION_TOKEN: credential.session_token,
      AWS_REGION: credential.region,
      ...(credential.endpoint_url !== undefined && { AWS_ENDPOINT_URL: credential.endpoint_url }),
    }
  if (credential.form === 'github') return { GH_TOKEN: credential.token, GITHUB_TOKEN: credential.token }
  return {
    PGHOST: credential.host,
    PGPORT: String(credential.port),
    PGDATABASE: credential.database,
    PGUSER: credential.user,
    PGPASSWORD: credential.password,
    PGSSLMODE: credential.sslmode,
  }
}

/** Quoted so that no value, whatever a vendor put into it, becomes a command of the shell that evaluates this. */
const shellLines = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('')
