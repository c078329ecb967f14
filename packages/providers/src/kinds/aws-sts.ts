import { defineProvider } from '../provider.ts'
import { isAnchor } from './aws-sts/arn.ts'
import { assessSpec } from './aws-sts/assess.ts'
import { inspectRoot } from './aws-sts/inspect.ts'
import { handle, MAX_SECONDS, MIN_SECONDS, mintSession } from './aws-sts/mint.ts'
import { revokeSession, SETTLE_SECONDS } from './aws-sts/revoke.ts'
import { root } from './aws-sts/root.ts'
import { rotation } from './aws-sts/rotate.ts'
import { spec } from './aws-sts/spec.ts'

/**
 * Sessions of AWS roles, each narrowed by a session policy made from its scope. AWS issues none below 900 s and cannot
 * list them, so there is no sweep: a lost one ends by itself, or earlier by its name, where the root has a revoker.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export default defineProvider({
  kind: 'aws-sts',
  title: 'AWS role session',
  vendor: 'aws',
  form: 'aws',
  anchor: { syntax: '<account> or <account>/role/<path and name>', accepts: isAnchor },
  root,
  spec,
  handle,
  limits: {
    minTtlSeconds: MIN_SECONDS,
    maxTtlSeconds: MAX_SECONDS,
    settleSeconds: SETTLE_SECONDS,
    findable: false,
  },
  inspect: inspectRoot,
  assess: async (_root, spec) => assessSpec(spec),
  mint: mintSession,
  revocation: { canEndSessions: ({ revoker }) => revoker !== undefined, revoke: revokeSession },
  rotation,
})
