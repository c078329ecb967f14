import { isIntact } from '../people/sealed-row.ts'
import type { LeakDeps } from './leak-deps.ts'
import { matchFindings } from './match-findings.ts'

/** What the MACs of kept reports are for. */
export const KEPT_REPORTS = 'leak_reports'

/**
 * Looks at what was reported by those who are told nothing. A report is gone when it was looked at: one whose broker dies, or that
 * cannot be looked at, is taken again.
 */
export const lookAtReports =
  (deps: LeakDeps) =>
  async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const due = await deps.leakReports.take()
      if (!due) return
      const { id, report } = due
      if (isIntact(deps.macs, KEPT_REPORTS, report)) {
        const { traces, ...by } = report.body
        await matchFindings(deps, by, traces)
      } else deps.log.error({ report: id }, 'a report of leaks does not carry our seal: nobody looks at it')
      await deps.leakReports.done(id)
    }
  }
