import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { type Cli, EXIT } from '../cli.ts'
import { connect, listAll, segment } from '../client.ts'
import { answer } from '../render/answer.ts'
import { approvalTable, approvalText } from '../render/approval.ts'

export async function list(cli: Cli, options: { state?: string; env?: string }): Promise<number> {
  const query = { state: options.state ?? 'pending', environment: options.env }
  const items = await listAll<ApprovalView>(await connect(cli), '/v1/approvals', query)
  answer(cli, { items }, (columns) =>
    items.length === 0 ? 'Nothing waits for a person.\n' : approvalTable(items, columns),
  )
  return EXIT.ok
}

export async function show(cli: Cli, _options: object, id: string): Promise<number> {
  const view = await (await connect(cli)).get<ApprovalView>(`/v1/approvals/${segment(id)}`)
  answer(cli, view, () => approvalText(view))
  return EXIT.ok
}
