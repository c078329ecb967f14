import { LIMITS } from '@credbroker/core/limits'
import type { KeptScan } from '@credbroker/core/scan-claim'
import type { END_REASONS, TASK_STATES } from '@credbroker/core/wire/tasks'
import type { Transitions } from './state-machine.ts'

export type TaskState = (typeof TASK_STATES)[number]
export type EndReason = (typeof END_REASONS)[number]
export type TaskEvent = 'end'

/** A task ends once, and an ended task stays ended. */
export const TASK: Transitions<TaskState, TaskEvent> = {
  active: { end: 'ended' },
  ended: {},
}

/** Who handed a task on. */
export interface Ancestor {
  readonly task: string
  /** `agent:planner`, or `agent:planner/worker-2` where it was itself a sub-agent. */
  readonly actor: `agent:${string}`
}

/** One piece of work of one agent in one environment. */
export interface Task {
  readonly id: string
  readonly agent: string
  readonly owner: string
  readonly environment: string
  readonly purpose: string
  readonly ticket: string | null
  /** RFC 7638 thumbprint of the key that every use of this task's tokens must be signed with. */
  readonly jkt: string
  readonly state: TaskState
  readonly endReason: EndReason | null
  readonly startedAt: Date
  readonly endsAt: Date
  readonly endedAt: Date | null
  readonly heartbeatSeconds: number | null
  readonly heartbeatDue: Date | null
  /** For a child task (I9) those above it, the outermost first; empty for one that its agent started itself. */
  readonly lineage: readonly Ancestor[]
  /** Which of its agent's workers acts, as whoever handed the task on says. */
  readonly subAgent: string | null
  /** What its client says of the place where it works; null where it said nothing. */
  readonly scan: KeptScan | null
}

export type TaskCap = 'asked' | 'default' | 'agent' | 'limit' | 'parent'

/** How long the task may be, and which limit decided. */
export function capTask(
  askedSeconds: number | undefined,
  agentMaxSeconds: number,
): { ttlSeconds: number; cappedBy: TaskCap } {
  const wanted = askedSeconds ?? LIMITS.taskDefaultSeconds
  const ceiling = Math.min(agentMaxSeconds, LIMITS.taskMaxSeconds)
  if (wanted <= ceiling)
    return { ttlSeconds: wanted, cappedBy: askedSeconds === undefined ? 'default' : 'asked' }
  return { ttlSeconds: ceiling, cappedBy: agentMaxSeconds < LIMITS.taskMaxSeconds ? 'agent' : 'limit' }
}

/** The same for a child, which ends with its parent at the latest (I9). `parentSeconds`: what is left of that. */
export function capChild(
  askedSeconds: number | undefined,
  agentMaxSeconds: number,
  parentSeconds: number,
): { ttlSeconds: number; cappedBy: TaskCap } {
  const own = capTask(askedSeconds, agentMaxSeconds)
  return own.ttlSeconds <= parentSeconds ? own : { ttlSeconds: parentSeconds, cappedBy: 'parent' }
}

/** The agent itself, whichever of its workers acts. */
export const agentOf = (actor: `agent:${string}`): string =>
  actor.slice('agent:'.length).split('/', 1)[0] as string

/** Who acts in a task, as its token says (RFC 8693 `act`). */
export const actingIn = ({ agent, subAgent }: Pick<Task, 'agent' | 'subAgent'>): `agent:${string}` =>
  subAgent === null ? `agent:${agent}` : `agent:${agent}/${subAgent}`
