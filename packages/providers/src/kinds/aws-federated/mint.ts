import { BrokerError } from '@credbroker/core/errors'
import { faultName } from '../../aws/fault.ts'
import type { AwsHandle } from '../../aws/session.ts'
import { durationOf, HOUR, MAX_SECONDS, mintedSession, roleWithin } from '../../aws/session.ts'
import { buildSessionPolicy } from '../../aws/session-policy.ts'
import type { AwsSpec } from '../../aws/spec.ts'
import type { Minted, MintOrder, VendorIo } from '../../provider.ts'
import { assess } from './assess.ts'
import { asserted, assume } from './assume.ts'
import type { FederatedRoot } from './root.ts'

export async function mintSession(
  root: FederatedRoot,
  spec: AwsSpec,
  order: MintOrder,
  io: VendorIo,
): Promise<Minted<AwsHandle>> {
  assess(root, spec)
  const role = roleWithin(spec, order.within)
  const seconds = durationOf(order, io.now(), MAX_SECONDS)
  const assertion = await asserted(io)
  const ask = (duration: number) => {
    const wanted = { roleArn: spec.roleArn, session: order.name, policy: buildSessionPolicy(spec).text }
    return assume(root, assertion, { ...wanted, seconds: duration }, io)
  }
  const answer = await ask(seconds).catch((error: unknown) => {
    const cause = error instanceof BrokerError ? error.details.cause : undefined
    // A role may end its sessions earlier than we asked, never earlier than this.
    if (faultName(cause) === 'ValidationError' && seconds > HOUR) return ask(HOUR)
    throw error
  })
  return mintedSession(root, spec, role, order.name, answer, io.now())
}
