import type { Receipt, ReceiptBackups } from '../wire/receipts.ts'
import { defined } from './defined.ts'
import type { ReceiptEvent } from './receipt-event.ts'

/** What was on record at that moment about getting the data back: the record whose digest the event carries. */
export function backupsOf(
  { facts }: ReceiptEvent,
  { recovery }: Pick<Receipt, 'recovery'>,
): ReceiptBackups | undefined {
  const digest = facts.text('recoveryHash')
  const found = digest === undefined ? undefined : recovery.find((one) => one.digest === digest)
  if (!found) return undefined
  const { backups, authority, lastRestoreTest, separateAuthority } = found.record
  return defined({
    where: backups,
    authority,
    last_restore_test: lastRestoreTest,
    separate_authority: separateAuthority,
  })
}
