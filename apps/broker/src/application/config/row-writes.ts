import type { Json } from '@credbroker/core/canonical-json'
import type { ConfigRows, ConfigTable } from '../../domain/config.ts'
import { macInput } from '../../domain/row-mac.ts'
import type { RowWrite } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'

/** A row with the MAC that makes it count (I13). */
export const putRow = <Table extends ConfigTable>(
  macs: Macs,
  table: Table,
  put: ConfigRows[Table],
): RowWrite => {
  // What is undefined does not survive JSON; the MAC has to be over what is read back.
  const body = JSON.parse(JSON.stringify(put)) as Record<string, Json>
  return { table, put: body, mac: macs.mac('row', macInput(table, body)) } as unknown as RowWrite
}
