import { LIMITS } from '@credbroker/core/limits'
import type { JSONValue, Sql, TransactionSql } from 'postgres'
import type { DelegationOutcome, TaskDelegation, TaskDelegator } from '../../ports/delegation.ts'
import { guardedStore } from './guarded-store.ts'
import { pendingOf, refusedBy, startAlone } from './task-start.ts'
import { turns } from './turns.ts'

export function taskDelegator(sql: Sql): TaskDelegator {
  const inTurn = turns(LIMITS.askedPerHour)
  return guardedStore<TaskDelegator>({
    delegate: async (delegation) => {
      let outcome: DelegationOutcome = { result: 'parent-changed' }
      const work = async (tx: TransactionSql) => {
        outcome = await delegateIn(tx, delegation)
        // Nothing of it stays, so that the same proofs serve another attempt.
        if (outcome.result !== 'started') throw NOT_STARTED
      }
      const asks = pendingOf(delegation) > 0
      const stored = () => sql.begin(work)
      return await (asks ? inTurn(delegation.task.agent, stored) : stored()).then(
        (done) => (done === 'too-many' ? { result: 'too-many-pending', free: 0 } : outcome),
        (error: unknown) => (error === NOT_STARTED ? outcome : refusedBy(error)),
      )
    },
  })
}

const NOT_STARTED = new Error('not started')

async function delegateIn(tx: TransactionSql, delegation: TaskDelegation): Promise<DelegationOutcome> {
  if (!(await lockParent(tx, delegation))) return { result: 'parent-changed' }
  const { digest, rememberUntil } = delegation.keyProof
  const proven = await tx`
    INSERT INTO proofs (digest, ends_at) VALUES (${digest}, ${rememberUntil.toISOString()}) ON CONFLICT DO NOTHING RETURNING digest`
  if (proven.length === 0) return { result: 'replayed' }
  return await startAlone(tx, delegation)
}

/**
 * I9, once more on what is stored, under locks that whoever ends the parent or one of its grants waits for and then
 * finds the child. The task before its grants, as they are locked where they end.
 */
async function lockParent(tx: TransactionSql, { task, grants }: TaskDelegation): Promise<boolean> {
  const parent = task.lineage.at(-1)
  if (!parent) return false
  const above = task.lineage.slice(0, -1).map(({ task: id, actor }): JSONValue => ({ task: id, actor }))
  const [living] = await tx<{ holds: boolean }[]>`
    SELECT state = 'active' AND ends_at > clock_timestamp() AND (heartbeat_due IS NULL OR heartbeat_due > clock_timestamp())
      AND ends_at >= ${task.endsAt.toISOString()} AND lineage = ${tx.json(above)}::jsonb AS holds
    FROM tasks WHERE id = ${parent.task} FOR SHARE`
  if (!living?.holds) return false
  const held = await tx<{ holds: boolean }[]>`
    SELECT g.state = 'active' AND g.ends_at > clock_timestamp() AND g.ends_at >= wanted.ends_at AND g.access @> wanted.access AS holds
    FROM grants g JOIN jsonb_to_recordset(${tx.json(grants.map(wantedColumns))}::jsonb)
      AS wanted (scope text, access text[], ends_at timestamptz) ON wanted.scope = g.scope
    WHERE g.task_id = ${parent.task} ORDER BY g.id FOR SHARE OF g`
  return held.length === grants.length && held.every(({ holds }) => holds)
}

const wantedColumns = ({ scope, access, endsAt }: TaskDelegation['grants'][number]): JSONValue => ({
  scope,
  access: [...access],
  ends_at: endsAt.toISOString(),
})
