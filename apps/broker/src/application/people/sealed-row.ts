import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import { macInput } from '../../domain/row-mac.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Sealed } from '../../ports/people.ts'

export const seal = <Body extends object>(macs: Macs, table: string, body: Body): Sealed<Body> => ({
  body,
  mac: macs.mac('row', macInput(table, body as unknown as Record<string, Json>)),
})

/** The document, if it is the one that we stored (I13). @throws BrokerError `tampered` */
export function opened<Body extends object>(macs: Macs, table: string, row: Sealed<Body>): Body {
  if (!isIntact(macs, table, row))
    throw new BrokerError('tampered', { detail: `A row of ${table} does not carry our seal` })
  return row.body
}

/** What cannot even be put into a MAC was not written by us. */
export function isIntact(macs: Macs, table: string, { body, mac }: Sealed<object>): boolean {
  try {
    return macs.matches('row', macInput(table, body as Record<string, Json>), mac)
  } catch {
    return false
  }
}
