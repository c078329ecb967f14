import type { Access } from '@credbroker/core/access'
import type { Json } from '@credbroker/core/canonical-json'
import type { Grant } from '../../domain/grant.ts'
import type { Lease } from '../../domain/lease.ts'
import type { Task } from '../../domain/task.ts'

/** Rows as the driver reads them; times are Dates. */
export interface TaskRow {
  id: string
  agent: string
  owner: string
  environment: string
  purpose: string
  ticket: string | null
  jkt: string
  state: Task['state']
  end_reason: Task['endReason']
  started_at: Date
  ends_at: Date
  ended_at: Date | null
  heartbeat_seconds: number | null
  heartbeat_due: Date | null
  lineage: Task['lineage']
  sub_agent: string | null
  scan: NonNullable<Task['scan']>['state'] | null
  sandbox: boolean
}

export const toTask = (row: TaskRow): Task => ({
  id: row.id,
  agent: row.agent,
  owner: row.owner,
  environment: row.environment,
  purpose: row.purpose,
  ticket: row.ticket,
  jkt: row.jkt,
  state: row.state,
  endReason: row.end_reason,
  startedAt: row.started_at,
  endsAt: row.ends_at,
  endedAt: row.ended_at,
  heartbeatSeconds: row.heartbeat_seconds,
  heartbeatDue: row.heartbeat_due,
  lineage: row.lineage,
  subAgent: row.sub_agent,
  scan: row.scan === null ? null : { state: row.scan, sandbox: row.sandbox },
})

export interface GrantRow {
  id: string
  task_id: string
  environment: string
  scope: string
  access: Access[]
  state: Grant['state']
  end_reason: Grant['endReason']
  ends_at: Date
  ended_at: Date | null
  policies: string[]
  approval: string | null
}

export const toGrant = (row: GrantRow): Grant => ({
  id: row.id,
  task: row.task_id,
  environment: row.environment,
  scope: row.scope,
  access: row.access,
  state: row.state,
  endReason: row.end_reason,
  endsAt: row.ends_at,
  endedAt: row.ended_at,
  policies: row.policies,
  approval: row.approval,
})

export interface LeaseRow {
  id: string
  grant_id: string
  task_id: string
  environment: string
  agent: string
  scope: string
  root: string
  provider: string
  name: string
  spec: Json
  state: Lease['state']
  created_at: Date
  mint_deadline: Date
  settle_until: Date
  expires_at: Date
  dead_by: Date | null
  ended_at: Date | null
  credential_dead: boolean
  sessions_dead: boolean
  attempts: number
}

export const toLease = (row: LeaseRow): Lease => ({
  id: row.id,
  grant: row.grant_id,
  task: row.task_id,
  environment: row.environment,
  agent: row.agent,
  scope: row.scope,
  root: row.root,
  provider: row.provider,
  name: row.name,
  spec: row.spec,
  state: row.state,
  createdAt: row.created_at,
  mintDeadline: row.mint_deadline,
  settleUntil: row.settle_until,
  expiresAt: row.expires_at,
  deadBy: row.dead_by,
  endedAt: row.ended_at,
  credentialDead: row.credential_dead,
  sessionsDead: row.sessions_dead,
  attempts: row.attempts,
})
