import type { Access } from '@credbroker/core/access'
import type { GRANT_STATES } from '@credbroker/core/wire/tasks'
import type { MacFields } from './row-mac.ts'
import type { Transitions } from './state-machine.ts'
import type { EndReason, Task } from './task.ts'

export type GrantState = (typeof GRANT_STATES)[number]
export type GrantEvent = 'approve' | 'deny' | 'end'

/** Nothing comes back to life: `denied` and `ended` are final. */
export const GRANT: Transitions<GrantState, GrantEvent> = {
  pending: { approve: 'active', deny: 'denied', end: 'ended' },
  active: { end: 'ended' },
  denied: {},
  ended: {},
}

/** The decision that a task may use a scope until a time. */
export interface Grant {
  readonly id: string
  readonly task: string
  readonly environment: string
  readonly scope: string
  readonly access: readonly Access[]
  readonly state: GrantState
  readonly endReason: EndReason | null
  readonly endsAt: Date
  readonly endedAt: Date | null
  /** Ids of the policies that decided. */
  readonly policies: readonly string[]
  /** The question that it waits for, or was approved by. */
  readonly approval?: string | null
}

/**
 * What a grant's MAC covers (I13): all that confers authority, the task's agent, key, environment and ancestors included. Not its
 * ground, which is read to end it early and never to use it: each use is decided anew.
 */
export const grantMacFields = (
  grant: Pick<Grant, 'id' | 'task' | 'environment' | 'scope' | 'access' | 'state' | 'endsAt' | 'approval'>,
  task: Pick<Task, 'agent' | 'jkt' | 'lineage'>,
): MacFields => ({
  id: grant.id,
  task: grant.task,
  environment: grant.environment,
  scope: grant.scope,
  access: [...grant.access],
  state: grant.state,
  endsAt: grant.endsAt.getTime(),
  ...(grant.approval && { approval: grant.approval }),
  agent: task.agent,
  jkt: task.jkt,
  lineage: task.lineage.map(({ task: id, actor }) => ({ task: id, actor })),
})
