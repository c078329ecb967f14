import { joinReceipt } from '@credbroker/core/receipt/join'
import { summarise } from '@credbroker/core/receipt/summarise'
import type { Receipt, ReceiptSummary } from '@credbroker/core/wire/receipts'
import { call } from '../../api/call.ts'

export interface WholeReceipt {
  readonly document: Receipt
  readonly summary: ReceiptSummary
}

/** Every page of a receipt, as one document with what it says. @throws Refused while its checkpoint is not signed yet */
export async function readReceipt(task: string, signal: AbortSignal): Promise<WholeReceipt> {
  const path = `/v1/receipts/${task}`
  const first = await call<Receipt>(path, { signal })
  const pages: [Receipt, ...Receipt[]] = [first]
  for (let cursor = first.next_cursor; cursor !== undefined; cursor = pages.at(-1)?.next_cursor)
    pages.push(await call<Receipt>(`${path}?cursor=${encodeURIComponent(cursor)}`, { signal }))
  const document = joinReceipt(pages)
  return { document, summary: first.summary ?? summarise(document) }
}
