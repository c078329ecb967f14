import type { Grant } from '@credbroker/sdk/grant'
import { AMBIENT_NAMES } from '../ambient-names.ts'
import { namedLikeACredential } from '../ambient-patterns.ts'
import type { PrivateDirectory } from '../private-directory.ts'
import { PLACEHOLDER } from './own-credential.ts'
import type { Site } from './site.ts'

/** What goes past every proxy: the endpoints of the run itself, and servers that the command starts. */
const LOOPBACK = ['127.0.0.1', 'localhost', '::1']

/** By which tools find the proxy. Both spellings, because each has tools that read only it. */
export function proxyVariables(url: string, sites: Iterable<Site>): Record<string, string | undefined> {
  const hosts = new Set([...sites].map(({ host }) => host))
  const direct = LOOPBACK.filter((host) => !hosts.has(host)).join(',')
  return {
    HTTPS_PROXY: url,
    https_proxy: url,
    HTTP_PROXY: url,
    http_proxy: url,
    ALL_PROXY: undefined,
    all_proxy: undefined,
    NO_PROXY: direct,
    no_proxy: direct,
    NODE_USE_ENV_PROXY: '1',
    GIT_TERMINAL_PROMPT: '0',
  }
}

/**
 * Without some token most tools do not even ask. Only a variable that would hold a credential is set: what a broker says
 * must not steer the command in any other way.
 */
export function placeholders(grants: readonly Grant[], files: PrivateDirectory): Record<string, string> {
  const names = grants.flatMap(({ gateway }) => gateway?.placeholders ?? [])
  const safe = names.filter(
    (name) => /^[A-Z][A-Z0-9_]{0,63}$/.test(name) && (AMBIENT_NAMES.has(name) || namedLikeACredential(name)),
  )
  const registries = grants.flatMap(({ gateway }) => (gateway?.connector === 'npm' ? gateway.hosts : []))
  return {
    ...Object.fromEntries(safe.map((name) => [name, PLACEHOLDER])),
    ...(registries.length > 0 && { NPM_CONFIG_USERCONFIG: files.write('npmrc', npmrc(registries)) }),
  }
}

/** npm publishes nothing where it has no token for the registry, and reads that from files only. */
function npmrc(hosts: readonly string[]): string {
  const safe = hosts.filter((host) => /^[A-Za-z0-9.:[\]-]+$/.test(host))
  const tokens = safe.map((host) => `//${host}/:_authToken=${PLACEHOLDER}\n`)
  return `registry=https://${safe[0]}/\n${tokens.join('')}`
}
