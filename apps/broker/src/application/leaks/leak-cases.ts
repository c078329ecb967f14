import { lookAtReports } from './kept-reports.ts'
import type { LeakDeps } from './leak-deps.ts'
import { reportLeaks } from './report-leaks.ts'

/** What becomes of secrets that somebody found. */
export const leakCases = (deps: LeakDeps) => ({
  reportLeaks: reportLeaks(deps),
  lookAtLeaks: lookAtReports(deps),
})
