import type { Cli } from '../cli.ts'
import { LocalError } from '../usage-error.ts'

/** The issuer of the broker at a URL. Asked before anything is spent there, so that a wrong URL costs nothing. @throws LocalError */
export async function issuerOf(url: string, fetcher: Cli['fetch']): Promise<string> {
  const metadata = await fetcher(`${url}/.well-known/oauth-authorization-server`, {
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  })
    .then((response) => (response.ok ? (response.json() as Promise<{ issuer?: unknown }>) : undefined))
    .catch(() => undefined)
  if (typeof metadata?.issuer !== 'string')
    throw new LocalError('There is no broker at this URL.', { advice: 'Check --url or BROKER_URL.' })
  return metadata.issuer
}
