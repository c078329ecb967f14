import { BrokerError } from '@credbroker/core/errors'
import { assessSpec } from '../../aws/assess.ts'
import type { AwsSpec } from '../../aws/spec.ts'
import type { Assessment } from '../../provider.ts'
import type { FederatedRoot } from './root.ts'

/**
 * What the session policy allows, for a role that the root was inspected for.
 * @throws {BrokerError} `reach_refused` for any other: nobody has looked whether it trusts more than it should.
 */
export function assess(root: FederatedRoot, spec: AwsSpec): Assessment {
  if (!root.roles.includes(spec.roleArn))
    throw new BrokerError('reach_refused', {
      problems: [{ at: 'allow.roleArn', message: 'is none of the roles of its root' }],
    })
  return assessSpec(spec)
}
