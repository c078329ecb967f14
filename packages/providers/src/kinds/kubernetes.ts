import { LIMITS } from '@credbroker/core/limits'
import { defineProvider } from '../provider.ts'
import { isAnchor } from './kubernetes/anchor.ts'
import { handle, root, spec } from './kubernetes/root.ts'

/**
 * Tokens of service accounts, each bound to a Secret of its lease: the API server takes a token no longer once that Secret is
 * gone. What a token may do is what its account's roles say, read with a token of that account.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 */
export default defineProvider({
  kind: 'kubernetes',
  title: 'Kubernetes service account token',
  vendor: 'kubernetes',
  form: 'kubernetes',
  anchor: { syntax: '<uid of the namespace kube-system>/<namespace>', accepts: isAnchor },
  root,
  spec,
  handle,
  limits: { minTtlSeconds: 600, maxTtlSeconds: LIMITS.taskMaxSeconds, settleSeconds: 60, findable: true },
  inspect: async (...of) => (await import('./kubernetes/inspect.ts')).inspectRoot(...of),
  assess: async (...of) => (await import('./kubernetes/assess.ts')).assessScope(...of),
  mint: async (...of) => (await import('./kubernetes/mint.ts')).mintToken(...of),
  revocation: {
    revoke: async (...of) => (await import('./kubernetes/revoke.ts')).endToken(...of),
  },
  sweep: {
    find: async (...of) => (await import('./kubernetes/revoke.ts')).findTokens(...of),
  },
})
