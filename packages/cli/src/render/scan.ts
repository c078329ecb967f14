import { type Accepted, isOver } from '../scan/baseline.ts'
import type { Finding, ScanReport } from '../scan/finding.ts'
import { printable } from './printable.ts'

/** A finding, who answers for it, and what the broker says about it. */
export interface Told {
  readonly finding: Finding
  readonly accepted?: Accepted | undefined
  readonly known?: string | undefined
}

const WHY = {
  binary: 'binary',
  'too-large': 'too large',
  unreadable: 'cannot be read',
  'not-a-file': 'no ordinary file',
  'too-many': 'and what follows: too many files',
}

export function scanText(told: readonly Told[], report: ScanReport, now: Date): string {
  const open = told.filter(({ accepted }) => !accepted || isOver(accepted, now))
  const lines = open.flatMap(({ finding, accepted, known }) => [
    `${printable(finding.path)}:${finding.line}:${finding.column}  ${printable(finding.title)}  (${finding.id})`,
    ...(accepted ? [`    was accepted by ${printable(accepted.owner)} until ${accepted.expires}`] : []),
    ...(known ? [`    ${printable(known)}`] : []),
  ])
  if (open.length > 0)
    lines.push(
      '',
      'Whose they are, if the broker knows them:  broker scan --identify',
      'End those that it knows:                   broker scan --revoke',
      'Answer for one until a day:                broker scan --baseline FILE --accept ID --owner NAME --expires DATE --reason TEXT',
    )
  const skipped = report.skipped.map(({ path, why }) => `not looked into: ${printable(path)} (${WHY[why]})`)
  return `${[...lines, ...skipped, summary(open.length, told.length - open.length, report)].join('\n')}\n`
}

function summary(
  open: number,
  accepted: number,
  { files, filesFromCache, skippedCount }: ScanReport,
): string {
  const parts = [
    open === 0 ? 'No secret found' : `${open} ${open === 1 ? 'secret' : 'secrets'} found`,
    `in ${files} ${files === 1 ? 'file' : 'files'}`,
    ...(filesFromCache > 0 ? [`(${filesFromCache} unchanged since they were clean)`] : []),
  ]
  const more = [
    ...(accepted > 0 ? [`${accepted} accepted`] : []),
    ...(skippedCount > 0 ? [`${skippedCount} skipped`] : []),
  ]
  return [parts.join(' '), ...more].join(', ').concat('.')
}
