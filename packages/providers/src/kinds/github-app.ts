import { defineProvider } from '../provider.ts'
import { assessScope } from './github-app/assess.ts'
import { isRepositoryId } from './github-app/repository.ts'
import { root } from './github-app/root.ts'
import { spec } from './github-app/spec.ts'
import { handle, SECONDS, SETTLE_SECONDS } from './github-app/token.ts'

/**
 * Installation tokens of a GitHub App, each for the repositories and permissions of its scope. GitHub issues them for one hour
 * exactly and cannot list them, but takes them back from whoever shows them: so the token is kept, sealed, until it is dead.
 *
 * @see https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
 */
export default defineProvider({
  kind: 'github-app',
  title: 'GitHub App installation token',
  vendor: 'github',
  form: 'github',
  anchor: { syntax: '<repository id>, the number that stays when it is renamed', accepts: isRepositoryId },
  root,
  spec,
  handle,
  limits: {
    minTtlSeconds: SECONDS,
    maxTtlSeconds: SECONDS,
    settleSeconds: SETTLE_SECONDS,
    findable: false,
  },
  inspect: async (...of) => (await import('./github-app/inspect.ts')).inspectRoot(...of),
  assess: assessScope,
  mint: async (...of) => (await import('./github-app/mint.ts')).mintToken(...of),
  revocation: {
    revoke: async (_root, lease, io) => (await import('./github-app/revoke.ts')).endToken(lease, io),
  },
})
