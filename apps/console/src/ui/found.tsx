import type { AuditItem } from './audit-event.ts'
import { ForeignText } from './foreign-text.tsx'
import { foundWords } from './found-words.ts'

/** A line about secrets that lay around, where an entry is about them. */
export function Found({ event }: Pick<AuditItem, 'event'>) {
  const words = foundWords(event)
  return words === undefined ? null : (
    <div>
      <ForeignText>{words}</ForeignText>
    </div>
  )
}
