import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { type Cli, EXIT } from '../cli.ts'
import { connect, listAll, segment } from '../client.ts'
import { answer } from '../render/answer.ts'
import { approvalTable, approvalText } from '../render/approval.ts'
import { placed } from '../workplace.ts'

export async function list(cli: Cli, options: { state?: string; env?: string }): Promise<number> {
  const query = { state: options.state ?? 'pending', environment: options.env }
  const client = await connect(cli)
  const found = await listAll<ApprovalView>(client, '/v1/approvals', query)
  // Where work is done counts for whoever has to answer; what was answered is shown whole by `show`.
  const items = query.state === 'pending' ? await placed(client, found) : found
  answer(cli, { items }, (columns) =>
    items.length === 0 ? 'Nothing waits for a person.\n' : approvalTable(items, columns),
  )
  return EXIT.ok
}

export async function show(cli: Cli, _options: object, id: string): Promise<number> {
  const client = await connect(cli)
  const [view] = await placed(client, [await client.get<ApprovalView>(`/v1/approvals/${segment(id)}`)])
  if (view) answer(cli, view, () => approvalText(view))
  return EXIT.ok
}
