import { fits } from './fits.ts'
import { type Helper, KEEPS_NOTHING, said } from './helper.ts'

/**
 * A credential helper of docker, for the container registry of the scope. Docker reads the reason of a failure from standard output.
 *
 * @see https://github.com/docker/docker-credential-helpers
 */
export const docker: Helper = async ({ action = 'get', input = '' }, mint) => {
  if (action === 'store' || action === 'erase') return { out: `${KEEPS_NOTHING}\n`, code: 1 }
  if (action !== 'get' && action !== 'list')
    return { out: `unknown action, not one of get and list\n`, code: 1 }
  const answer = await mint()
  const { token, git_url } = fits(answer, 'github', 'docker')
  const registry = registryOf(git_url)
  if (action === 'list')
    return said(`${JSON.stringify(registry === undefined ? {} : { [`https://${registry}`]: USER })}\n`)
  const asked = input.trim()
  if (registry === undefined || hostOf(asked) !== registry) return { out: `${NOT_FOUND}\n`, code: 1 }
  return said(`${JSON.stringify({ ServerURL: asked, Username: USER, Secret: token })}\n`)
}

const USER = 'x-access-token'
/** Docker knows this text, and goes on without a credential. */
const NOT_FOUND = 'credentials not found in native keychain'

const hostOf = (address: string): string | undefined =>
  URL.parse(address.includes('://') ? address : `https://${address}`)?.host

/** GitHub’s, by where its git server is. */
export function registryOf(gitUrl: string): string | undefined {
  const { host } = new URL(gitUrl)
  if (host === 'github.com') return 'ghcr.io'
  return host.endsWith('.ghe.com') ? `containers.${host}` : undefined
}
