import { isAnchor } from '../aws/arn.ts'
import { assessSpec } from '../aws/assess.ts'
import { connect } from '../aws/client.ts'
import { endSession, SETTLE_SECONDS } from '../aws/end-session.ts'
import { handle, MAX_SECONDS, MIN_SECONDS } from '../aws/session.ts'
import { spec } from '../aws/spec.ts'
import { defineProvider } from '../provider.ts'
import { inspectRoot } from './aws-sts/inspect.ts'
import { mintSession } from './aws-sts/mint.ts'
import { root } from './aws-sts/root.ts'
import { rotation } from './aws-sts/rotate.ts'

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
  revocation: {
    canEndSessions: ({ revoker }) => revoker !== undefined,
    revoke(root, lease, io) {
      const { revoker } = root
      return endSession(revoker && (() => connect(root, revoker, io)), lease, io)
    },
  },
  rotation,
})
