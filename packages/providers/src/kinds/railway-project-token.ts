import { LIMITS } from '@credbroker/core/limits'
import { defineProvider } from '../provider.ts'
import { assessScope } from './railway-project-token/assess.ts'
import { handle, isAnchor, root, spec } from './railway-project-token/root.ts'

/**
 * Project tokens, each for one environment, for calls that the broker makes. Railway ends none of them: the broker finds
 * them by their names and deletes them, and hands none out.
 *
 * @see https://docs.railway.com/reference/public-api#authentication
 */
export default defineProvider({
  kind: 'railway-project-token',
  title: 'Railway project token, for calls through the gateway',
  vendor: 'railway',
  form: 'railway',
  anchor: { syntax: '<project id> or <project id>/<environment id>', accepts: isAnchor },
  root,
  spec,
  handle,
  limits: {
    minTtlSeconds: 0,
    maxTtlSeconds: LIMITS.taskMaxSeconds,
    settleSeconds: 60,
    findable: true,
    endsByItself: false,
  },
  inspect: async (...of) => (await import('./railway-project-token/reach.ts')).inspectRoot(...of),
  assess: assessScope,
  mint: async (...of) => (await import('./railway-project-token/mint.ts')).mintToken(...of),
  revocation: {
    revoke: async (...of) => (await import('./railway-project-token/revoke.ts')).endToken(...of),
  },
  sweep: {
    // Its smallest plan is answered 100 questions an hour.
    everySeconds: 600,
    find: async (...of) => (await import('./railway-project-token/revoke.ts')).findTokens(...of),
  },
})
