import type { AuditRecord } from '@credbroker/core/audit/event'
import type { BrokerError } from '@credbroker/core/errors'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import type { Agent } from '../../domain/config.ts'
import { actingIn } from '../../domain/task.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type TaskCaller } from '../identity/caller.ts'
import { allowedFindings, scanFact } from './allowed-findings.ts'
import { grantEvents, madeOf } from './grant-events.ts'
import type { StartedTask } from './start-task.ts'

const about = (caller: TaskCaller) => ({
  phase: 'event' as const,
  actor: actorOf(caller),
  sub: caller.owner,
  request: caller.requestId,
})

/** The child's first event says whose work it is a part of; the parent acted. */
export const delegationEvents = (
  record: Recorder,
  caller: TaskCaller,
  { task, grants, decisions, cappedBy }: StartedTask,
  ttlSeconds: number,
  agent: Pick<Agent, 'tool' | 'model'>,
  claim: ScanClaim | undefined,
): AuditRecord[] => [
  record({
    ...about(caller),
    type: 'task.delegated',
    result: 'ok',
    task: task.id,
    environment: task.environment,
    facts: {
      purpose: task.purpose,
      ...(task.ticket !== null && { ticket: task.ticket }),
      ...madeOf(agent),
      ttlSeconds,
      ttlCappedBy: cappedBy,
      parentTask: caller.task,
      name: actingIn(task),
      keyThumbprint: task.jkt,
      ...scanFact(task),
    },
  }),
  ...allowedFindings(record, caller, task, claim),
  ...grantEvents(record, caller, task, decisions, grants),
]

export const delegationDenied = (
  record: Recorder,
  caller: TaskCaller,
  order: { readonly purpose: string; readonly scopes: readonly string[] },
  { code, message }: BrokerError,
): AuditRecord =>
  record({
    ...about(caller),
    type: 'task.denied',
    result: 'denied',
    task: caller.task,
    code,
    reason: message,
    facts: { purpose: order.purpose, scopes: order.scopes.length, parentTask: caller.task },
  })
