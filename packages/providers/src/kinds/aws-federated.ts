import { handle, ROLE_SESSION, sourceIdentity } from '../aws/session.ts'
import { spec } from '../aws/spec.ts'
import { defineProvider } from '../provider.ts'
import { assess } from './aws-federated/assess.ts'
import { root } from './aws-federated/root.ts'

/**
 * Sessions of AWS roles that trust the broker's issuer: as `aws-sts`, but no key of AWS is stored anywhere. Nothing can be
 * rotated, because there is nothing.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export default defineProvider({
  kind: 'aws-federated',
  title: 'AWS role session, without a stored key',
  ...ROLE_SESSION,
  root,
  spec,
  handle,
  federation: {
    audience: 'sts.amazonaws.com',
    // This call of AWS takes neither tags nor a source identity: it reads them here.
    claims: (work) => ({
      'https://aws.amazon.com/tags': {
        principal_tags: { 'brk:task': [work.task], 'brk:env': [work.environment] },
        transitive_tag_keys: ['brk:task', 'brk:env'],
      },
      'https://aws.amazon.com/source_identity': sourceIdentity(work),
    }),
  },
  // AWS's SDK takes longer to load than a broker to start: its first use brings it.
  inspect: async (...of) => (await import('./aws-federated/inspect.ts')).inspectRoot(...of),
  assess: async (root, spec) => assess(root, spec),
  mint: async (...of) => (await import('./aws-federated/mint.ts')).mintSession(...of),
  revocation: {
    canEndSessions: ({ revokerRole }) => revokerRole !== undefined,
    async revoke(root, lease, io) {
      const { connectRevoker } = await import('./aws-federated/revoker.ts')
      const { endSession } = await import('../aws/end-session.ts')
      return endSession(connectRevoker(root, io), lease, io)
    },
  },
})
