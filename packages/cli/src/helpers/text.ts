import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import { fits } from './fits.ts'
import { type Helper, said } from './helper.ts'

/** A libpq URL. */
export const url: Helper = async (_asked, mint) => {
  const { host, port, database, user, password, sslmode } = fits(await mint(), 'postgres', 'url')
  const address = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  return said(`postgres://${login}@${address}:${port}/${encodeURIComponent(database)}?sslmode=${sslmode}\n`)
}

/** Lines for a shell to evaluate. */
export const env: Helper = async (_asked, mint) => said(shellLines(environmentOf((await mint()).credential)))

function environmentOf(credential: CredentialAnswer['credential']): Record<string, string> {
  switch (credential.form) {
    case 'aws':
      return {
        AWS_ACCESS_KEY_ID: credential.access_key_id,
        AWS_SECRET_ACCESS_KEY: credential.secret_access_key,
        AWS_SESSION_TOKEN: credential.session_token,
        AWS_REGION: credential.region,
        ...(credential.endpoint_url !== undefined && { AWS_ENDPOINT_URL: credential.endpoint_url }),
      }
    case 'github':
      return { GH_TOKEN: credential.token, GITHUB_TOKEN: credential.token }
    case 'kubernetes':
      return {
        KUBE_HOST: credential.server,
        KUBE_TOKEN: credential.token,
        KUBE_NAMESPACE: credential.namespace,
      }
    case 'postgres':
      return {
        PGHOST: credential.host,
        PGPORT: String(credential.port),
        PGDATABASE: credential.database,
        PGUSER: credential.user,
        PGPASSWORD: credential.password,
        PGSSLMODE: credential.sslmode,
      }
  }
}

/** Quoted so that no value, whatever a vendor put into it, becomes a command of the shell that evaluates this. */
const shellLines = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('')
