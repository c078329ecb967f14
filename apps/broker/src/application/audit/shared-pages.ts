import type { AuditEntry, AuditReader } from '../../ports/audit.ts'

/** However many follow the log, those who want the same page at the same time cause one reading of it. */
export function sharedPages(reader: Pick<AuditReader, 'page'>): Pick<AuditReader, 'page'> {
  const reading = new Map<string, Promise<AuditEntry[]>>()
  return {
    page(from, limit) {
      const key = `${from} ${limit}`
      const known = reading.get(key)
      if (known) return known
      const page = reader.page(from, limit).finally(() => reading.delete(key))
      reading.set(key, page)
      return page
    },
  }
}
