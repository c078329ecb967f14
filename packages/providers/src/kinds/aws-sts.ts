import { assessSpec } from '../aws/assess.ts'
import { handle, ROLE_SESSION } from '../aws/session.ts'
import { spec } from '../aws/spec.ts'
import { defineProvider } from '../provider.ts'
import { root } from './aws-sts/root.ts'

// AWS's SDK takes longer to load than a broker to start: its first use brings it.
const rotation = async () => (await import('./aws-sts/rotate.ts')).rotation

/**
 * Sessions of AWS roles, each narrowed by a session policy made from its scope. AWS issues none below 900 s and cannot
 * list them, so there is no sweep: a lost one ends by itself, or earlier by its name, where the root has a revoker.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export default defineProvider({
  kind: 'aws-sts',
  title: 'AWS role session',
  ...ROLE_SESSION,
  root,
  spec,
  handle,
  inspect: async (...of) => (await import('./aws-sts/inspect.ts')).inspectRoot(...of),
  assess: async (_root, spec) => assessSpec(spec),
  mint: async (...of) => (await import('./aws-sts/mint.ts')).mintSession(...of),
  revocation: {
    canEndSessions: ({ revoker }) => revoker !== undefined,
    async revoke(root, lease, io) {
      const { revoker } = root
      const { connect } = await import('../aws/client.ts')
      const { endSession } = await import('../aws/end-session.ts')
      return endSession(revoker && (() => connect(root, revoker, io)), lease, io)
    },
  },
  rotation: {
    prepare: async (...of) => (await rotation()).prepare(...of),
    retire: async (...of) => (await rotation()).retire(...of),
    isSame: (one, other) => one.accessKeyId === other.accessKeyId,
  },
})
