import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { type Grant, grantMacFields } from '../../domain/grant.ts'
import { type Authority, isWithin } from '../../domain/narrowing.ts'
import { macInput } from '../../domain/row-mac.ts'
import type { Task } from '../../domain/task.ts'
import type { Above } from '../../ports/delegation.ts'
import type { Macs } from '../../ports/keyring.ts'

/** A task and a grant of it that live, as their seal says. */
export interface Held {
  readonly task: Task
  readonly grant: Grant
}

/** @throws BrokerError `task_ended` */
export function requireLiving({ state, endsAt, heartbeatDue }: Task, now: Date): void {
  if (state !== 'active' || endsAt <= now) throw new BrokerError('task_ended')
  if (heartbeatDue && heartbeatDue <= now) throw new BrokerError('task_ended')
}

/** @throws BrokerError `task_ended`, `not_granted`, `tampered`, `approval_required` */
export function requireHeld(macs: Macs, { task, grant, grantMac }: Above, now: Date): Held {
  requireLiving(task, now)
  if (!grant || grant.state === 'denied' || grant.state === 'ended' || grant.endsAt <= now) {
    throw new BrokerError('not_granted')
  }
  // I13: a grant changed by hand is not a grant.
  if (!macs.matches('row', macInput('grants', grantMacFields(grant, task)), grantMac)) {
    throw new BrokerError('tampered', { detail: 'A row of grants does not carry our seal' })
  }
  if (grant.state === 'pending')
    throw new BrokerError('approval_required', {
      required: ['approval:passkey'],
      ...(grant.approval && { approval: grant.approval }),
    })
  return { task, grant }
}

/**
 * I8, I9: every task above lives and holds a grant for the same scope that lives and gives at least as much.
 * `chain`: the outermost first, the task itself last. @throws BrokerError as {@link requireHeld}; `exceeds_parent`
 */
export function requireLineage(macs: Macs, chain: readonly Above[], now: Date): Held[] {
  const held = chain.map((one) => requireHeld(macs, one, now))
  const own = held.at(-1)
  const expected = [...(own?.task.lineage.map(({ task }) => task) ?? []), own?.task.id]
  // One that is gone has ended.
  if (held.length !== expected.length || held.some(({ task }, at) => task.id !== expected[at]))
    throw new BrokerError('task_ended')
  for (const [at, parent] of held.slice(0, -1).entries()) {
    const child = held[at + 1] as Held
    if (!isWithin(authorityOf(child.task, [child.grant]), authorityOf(parent.task, [parent.grant])))
      throw new BrokerError('exceeds_parent')
  }
  return held
}

/** What a task confers by these grants of it. */
export const authorityOf = (task: Task, grants: readonly Grant[]): Authority => ({
  environment: task.environment,
  scopes: new Map(
    grants.map(({ scope, access, endsAt }) => [scope, { access, endsAt: endsAt.getTime(), atMost: {} }]),
  ),
  endsAt: task.endsAt.getTime(),
  delegations: LIMITS.delegationDepth - task.lineage.length,
})
