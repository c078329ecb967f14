import type { Access, Side } from '@credbroker/core/access'
import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Approval } from '../domain/approval.ts'
import type { Grant } from '../domain/grant.ts'
import type { Lease } from '../domain/lease.ts'
import type { EndReason, Task } from '../domain/task.ts'
import type { LentFor } from './client-keys.ts'
import type { Sealed } from './people.ts'
import type { SingleUse } from './tokens.ts'

export interface GrantWrite extends Grant {
  readonly mac: string
}

export interface DraftedGrant extends GrantWrite {
  /** What it was decided on, as `groundOf` says. */
  readonly ground: string
}

/** More than `read` over one side of a recovery group (I5). */
export interface SideHold {
  readonly grant: string
  /** `agent:NAME`, or `owner:NAME` for `delete`. */
  readonly holder: string
  readonly environment: string
  readonly recoveryGroup: string
  readonly side: Side
  readonly until: Date
}

export interface TaskStart {
  readonly configVersion: number
  /** The MAC of the enrolled key that the task is bound to, as verified: the row must still be there. Empty for a child's own key. */
  readonly keyMac: string
  readonly proof: SingleUse
  readonly task: Task
  readonly grants: readonly DraftedGrant[]
  readonly holds: readonly SideHold[]
  readonly events: readonly AuditRecord[]
  readonly idempotency?: { readonly key: string; readonly requestHash: string }
  /** What its pending grants wait for. */
  readonly questions?: readonly Sealed<Approval>[]
}

export type StartOutcome =
  | { readonly result: 'started' }
  /** The configuration moved on: decide again from the new one. */
  | { readonly result: 'stale' }
  | { readonly result: 'replayed' }
  | { readonly result: 'key-gone' }
  | { readonly result: 'both-sides' }
  /** I4: only `free` further grants of this agent may wait for a person. */
  | { readonly result: 'too-many-pending'; readonly free: number }
  /** This idempotency key has started a task before: see {@link TaskReader.byIdempotencyKey}. */
  | { readonly result: 'repeated' }

export interface TaskStarter {
  /** Task, grants, holds, proof and audit in one statement, or nothing. */
  start(start: TaskStart): Promise<StartOutcome>
  /** Further grants for a live task. `key-gone`: the task has ended meanwhile. */
  extend(extension: Omit<TaskStart, 'keyMac' | 'idempotency'>): Promise<StartOutcome>
}

export interface TaskFilter {
  readonly agent?: string
  readonly owner?: string
  readonly environment?: string
  readonly state?: Task['state']
  readonly cursor?: string
  readonly limit: number
}

/** A task that lives, with one of its living grants. */
export interface LivingWork {
  readonly task: string
  readonly agent: string
  readonly owner: string
  readonly environment: string
  readonly purpose: string
  readonly ticket: string | null
  readonly scan?: Task['scan']
  /** From its start to its end. */
  readonly seconds: number
  readonly endsAt: Date
  readonly isChild: boolean
  /** On what ground its key was lent, where it was. */
  readonly lentFor?: Pick<LentFor, 'issuer' | 'rule'> | null
  /** Null where the task holds none. */
  readonly grant: LivingGrant | null
}

export interface LivingGrant {
  readonly id: string
  readonly scope: string
  readonly access: readonly Access[]
  readonly ground: string
  /** The longest life of its living leases. */
  readonly leaseSeconds: number | null
}

export interface TaskReader {
  find(id: string): Promise<{ task: Task; grants: Grant[] } | undefined>
  /** Newest first; `cursor` is the id of the last one seen. */
  list(filter: TaskFilter): Promise<{ task: Task; grants: Grant[] }[]>
  /** Shows everything that lives, as of one moment, some of it at a time. */
  living(look: (batch: readonly LivingWork[]) => void): Promise<void>
  /** Agents with at least as many living tasks. */
  crowded(tasks: number): Promise<string[]>
  byIdempotencyKey(principal: string, key: string): Promise<{ task: string; requestHash: string } | undefined>
}

/** What ends, and why. */
export type EndSelector =
  | { readonly task: string }
  | { readonly tasks: readonly string[] }
  | { readonly grant: string }
  | { readonly grants: readonly string[] }
  | { readonly agent: string }
  | { readonly environment: string }
  | { readonly scope: string }
  | { readonly root: string }
  /** Tasks of the agents they own, and grants from the roots they own. */
  | { readonly owner: string }
  /** Tasks started with this key. */
  | { readonly key: string }
  | { readonly all: true }
  /** Tasks past their end or without their heartbeat. */
  | { readonly due: number }

export interface Ended {
  readonly tasks: readonly string[]
  readonly grants: readonly string[]
  /** Now `revoking` and due. */
  readonly leases: readonly Lease[]
}

export interface TaskEnder {
  /**
   * In one transaction: tasks and grants ended, their leases due for revocation, their audit written, replicas told.
   * `events` is asked for the audit records of what has ended, before it takes effect (I6).
   */
  end(
    selector: EndSelector,
    reason: EndReason,
    events: (ended: { tasks: readonly Task[]; grants: readonly Grant[] }) => readonly AuditRecord[],
  ): Promise<Ended>
  /** Puts the next heartbeat off; false where the task is not alive. */
  heartbeat(task: string): Promise<boolean>
}
