import { formOf } from '@credbroker/sdk/form'
import type { Lease } from '@credbroker/sdk/lease'
import type { Deliverer } from './delivery.ts'
import { keepFresh } from './keep-fresh.ts'

/**
 * For git a credential file of this run, which is written anew as leases are: no other helper is asked. `gh` and the
 * libraries read variables only, which keep the first token; it dies with its lease.
 */
export const githubDelivery: Deliverer = {
  form: 'github',
  deliver: async (leased, files, io) => {
    const closed = { GH_CONFIG_DIR: files.path }
    const [first] = leased
    if (!first) return { env: closed, stop: () => {} }
    const live = new Map(leased.map(({ handle, lease }) => [handle.scope, lease]))
    const write = () => files.write('git-credentials', [...live.values()].map(credentialLine).join(''))
    const file = write()
    const stops = leased.map(({ handle }) =>
      keepFresh(handle, io, (lease) => {
        live.set(handle.scope, lease)
        write()
      }),
    )
    const { token, gitUrl, apiUrl } = formOf('github', first.lease)
    const settings = [
      // An empty one takes away those of this machine.
      [`credential.${gitUrl}.helper`, ''],
      [`credential.${gitUrl}.helper`, `store --file='${file}'`],
    ] as const
    return {
      env: {
        ...closed,
        ...Object.fromEntries(
          settings.flatMap(([key, value], at) => [
            [`GIT_CONFIG_KEY_${at}`, key],
            [`GIT_CONFIG_VALUE_${at}`, value],
          ]),
        ),
        GIT_CONFIG_COUNT: String(settings.length),
        GIT_TERMINAL_PROMPT: '0',
        GH_TOKEN: token.expose(),
        GITHUB_TOKEN: token.expose(),
        GITHUB_API_URL: apiUrl,
      },
      stop: () => {
        for (const stop of stops) stop()
      },
    }
  },
}

/** One line as `git credential-store` reads it. */
function credentialLine(lease: Lease): string {
  const { gitUrl, token } = formOf('github', lease)
  const { protocol, host } = new URL(gitUrl)
  return `${protocol}//x-access-token:${encodeURIComponent(token.expose())}@${host}\n`
}
