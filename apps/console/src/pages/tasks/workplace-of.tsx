import type { TaskView } from '@credbroker/core/wire/tasks'
import { useList, useOne } from '../../api/queries.ts'
import type { AuditItem } from '../../ui/audit-event.ts'
import { Workplace } from '../../ui/workplace.tsx'

type Said = Pick<TaskView, 'id' | 'scan' | 'sandbox'>

/** With each stray secret that was let pass, and the reason: the log has them. */
export const WorkplaceOf = ({ task: { id, scan, sandbox } }: { readonly task: Said }) =>
  scan === 'allowed' ? (
    <OverFindings id={id} scan={scan} sandbox={sandbox} />
  ) : (
    <Workplace scan={scan} sandbox={sandbox} />
  )

function OverFindings({ id, scan, sandbox }: Said) {
  const { items } = useList<AuditItem>('/v1/audit/events', { task: id, type: 'finding.allowed' }, 20)
  const allowed = items.map(({ event: { facts, reason = '' } }) => ({
    finding: String(facts?.['finding'] ?? ''),
    reason,
  }))
  return <Workplace scan={scan} sandbox={sandbox} allowed={allowed} />
}

/** The same for whoever decides on a question of a task. */
export function WorkplaceOfTask({ id }: { readonly id: string }) {
  const { data: task, error } = useOne<TaskView>(`/v1/tasks/${id}`)
  if (task) return <WorkplaceOf task={task} />
  return error ? 'not known' : 'reading'
}
