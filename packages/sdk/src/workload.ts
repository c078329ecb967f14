import { readFile } from 'node:fs/promises'
import { Secret } from '@credbroker/core/secret'
import type { Io } from './io.ts'
import type { Environment } from './profile.ts'
import { brokerBase } from './transport.ts'

/** Who this process is by the word of the platform it runs on: no key was enrolled, and none is stored. */
export interface Workload {
  readonly url: string
  readonly principal: `agent:${string}`
  /** A token of the platform for this broker. Each is good for one sign-in. */
  readonly token: () => Promise<Secret>
}

const LONGEST = 16 * 1024
const TIMEOUT_MS = 10_000

/**
 * From `BROKER_URL`, which must be the broker's public URL, `BROKER_AGENT`, and one of: `BROKER_WORKLOAD_TOKEN_FILE` (Kubernetes, SPIFFE),
 * `BROKER_WORKLOAD_TOKEN` (GitLab, AWS), `ACTIONS_ID_TOKEN_REQUEST_URL` with its token (GitHub Actions). Undefined where
 * they are not there, or `BROKER_PROFILE` says otherwise. @throws TypeError for what is there and malformed
 */
export function workloadFrom(env: Environment, io: Pick<Io, 'fetch'>): Workload | undefined {
  const { BROKER_URL: address, BROKER_AGENT: agent } = env
  if (!agent || !address || env['BROKER_PROFILE']) return undefined
  if (!/^[a-z][a-z0-9-]{0,47}$/.test(agent)) throw new TypeError('BROKER_AGENT is the name of an agent')
  const url = brokerBase(address)
  const token = sourceOf(env, url, io)
  return token && { url, principal: `agent:${agent}`, token }
}

function sourceOf(env: Environment, audience: string, io: Pick<Io, 'fetch'>): Workload['token'] | undefined {
  const { BROKER_WORKLOAD_TOKEN_FILE: file, BROKER_WORKLOAD_TOKEN: given } = env
  // The platform writes a new one before the last ends, so it is read each time.
  if (file) return async () => tokenOf(await readFile(file, 'utf8'))
  if (given) return async () => tokenOf(given)
  const { ACTIONS_ID_TOKEN_REQUEST_URL: request, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = env
  return request && bearer ? () => fromGithub(request, new Secret(bearer), audience, io) : undefined
}

/** docs.github.com, "OpenID Connect reference": requesting the JWT. */
async function fromGithub(
  request: string,
  bearer: Secret,
  audience: string,
  { fetch }: Pick<Io, 'fetch'>,
): Promise<Secret> {
  brokerBase(new URL(request).origin)
  const url = new URL(request)
  url.searchParams.set('audience', audience)
  const response = await fetch(url.href, {
    method: 'GET',
    headers: { authorization: `Bearer ${bearer.expose()}`, accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => undefined)
  if (response?.status !== 200)
    throw new Error('GitHub gave no token: does the job have `permissions: id-token: write`?')
  try {
    return tokenOf((JSON.parse(await response.text()) as { value: string }).value)
  } catch {
    // The parser's message quotes the answer, which is a credential.
    throw new Error('GitHub’s answer is not a token')
  }
}

/** @throws TypeError without a word of it */
function tokenOf(text: string): Secret {
  const token = text.trim()
  if (token.length > LONGEST || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
    throw new TypeError('the token of this workload is not a JWT')
  return new Secret(token)
}
