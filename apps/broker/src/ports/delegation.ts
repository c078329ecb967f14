import type { Grant } from '../domain/grant.ts'
import type { Task } from '../domain/task.ts'
import type { GrantWrite, StartOutcome, TaskStart } from './task-store.ts'
import type { SingleUse } from './tokens.ts'

/** One task above another, and its grant for the same scope, as stored now. */
export interface Above {
  readonly task: Task
  readonly grant: Grant | undefined
  readonly grantMac: string
}

/** A task with all of its grants and their seals. */
export interface Holder {
  readonly task: Task
  readonly grants: readonly GrantWrite[]
}

export interface LineageReader {
  /** The task and those above it, the outermost first, with the database's time; undefined where there is no such task. */
  chain(task: string): Promise<{ readonly holders: readonly Holder[]; readonly now: Date } | undefined>
  /** Ids of its child tasks. */
  children(task: string): Promise<string[]>
}

export interface TaskDelegation extends Omit<TaskStart, 'idempotency'> {
  /** Of the child's key; `proof` is the parent's. */
  readonly keyProof: SingleUse
}

export type DelegationOutcome = StartOutcome | { readonly result: 'parent-changed' }

export interface TaskDelegator {
  /**
   * Stores a child task as `TaskStarter.start` does, while its parent is locked: only if that lives, ends no earlier and
   * holds every grant at least as the child will (I9). `parent-changed`: decide again on what the parent is now.
   */
  delegate(delegation: TaskDelegation): Promise<DelegationOutcome>
}
