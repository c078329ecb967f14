import type { LeaseView } from '@credbroker/core/wire/tasks'
import { type Cli, EXIT } from '../cli.ts'
import { connect, idSegment, listAll } from '../client.ts'
import { answer } from '../render/answer.ts'
import { leaseTable } from '../render/grants.ts'

interface Filter {
  readonly state?: string
  readonly task?: string
  readonly provider?: string
}

export async function list(cli: Cli, { state, task, provider }: Filter): Promise<number> {
  const items = await listAll<LeaseView>(await connect(cli), '/v1/leases', { state, task, provider })
  answer(cli, { items }, (columns) => leaseTable(items, columns))
  return EXIT.ok
}

export async function revoke(cli: Cli, _options: object, id: string): Promise<number> {
  const lease = await (await connect(cli)).remove<LeaseView>(`/v1/leases/${idSegment('lease', id)}`)
  answer(cli, lease, (columns) => leaseTable([lease], columns))
  return EXIT.ok
}
