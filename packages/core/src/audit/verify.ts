import { openCheckpoint } from './checkpoint.ts'
import { type ExportEntry, type ExportHeader, parseExportLine } from './export.ts'
import { Intents, type OpenIntent } from './intents.ts'
import { CompactRange, leafHash } from './merkle.ts'
import type { NoteVerifier } from './note.ts'
import { Sequence, type SequenceFinding } from './sequence.ts'
import { Witnessed, type WitnessFinding } from './witnessed.ts'

export type AuditFinding =
  | SequenceFinding
  | WitnessFinding
  | { readonly kind: 'malformed_line'; readonly line: number }
  | {
      readonly kind: 'bad_checkpoint'
      /** The line of the export, or undefined for a checkpoint that was held outside. */
      readonly line?: number
      readonly why: 'malformed' | 'unknown_key' | 'bad_signature' | 'other_log'
    }
  /** No checkpoint vouches for any of its entries. */
  | { readonly kind: 'unsigned' }

export interface AuditVerification {
  /** No findings. What `verifiedSize` does not reach is unproven all the same. */
  readonly ok: boolean
  readonly from: number
  /** One past the last index in the export. */
  readonly size: number
  /** Entries before this index are exactly what the log signed. */
  readonly verifiedSize: number
  /** Checkpoints, in the export or held outside, whose root matched. */
  readonly checkpoints: number
  /** The first hundred of single lines, then the first hundred about the whole. */
  readonly findings: readonly AuditFinding[]
  /** Clocks that ran backwards; no proof of anything, since replicas have clocks of their own. */
  readonly clock: { readonly regressions: number; readonly largestSeconds: number }
  /** Intents whose outcome is unknown: the first thousand. */
  readonly unknown: readonly OpenIntent[]
  readonly unknownCount: number
}

export interface VerifyOptions {
  /** Pinned public keys of the log, all of one name: the present one and those before it. */
  readonly keys: readonly NoteVerifier[]
  /** Checkpoint notes that were kept outside the broker. Only they reveal a truncated tail. */
  readonly held?: readonly string[]
}

const MAX_FINDINGS = 100
const MAX_UNKNOWN = 1000

/**
 * Checks an export without network, database or trust in its maker; memory does not grow with its length.
 * What it can and cannot detect stands in docs/audit.md.
 */
export async function verifyAudit(
  lines: AsyncIterable<string> | Iterable<string>,
  { keys, held = [] }: VerifyOptions,
): Promise<AuditVerification> {
  const findings: AuditFinding[] = []
  const report = (finding: AuditFinding | undefined) => {
    if (finding && findings.length < MAX_FINDINGS) findings.push(finding)
  }
  const witnessed = new Witnessed()
  const intents = new Intents()
  const clock = new Clock()
  let header: ExportHeader | undefined
  let tree = new CompactRange()
  let sequence = new Sequence(0)

  const begin = (found: ExportHeader) => {
    header = found
    tree = new CompactRange(found.from, found.frontier)
    sequence = new Sequence(found.from)
    for (const note of held) {
      const opened = openCheckpoint(note, keys)
      if (!opened.ok) report({ kind: 'bad_checkpoint', why: opened.why })
      // Of a part of the log, earlier checkpoints say nothing.
      else if (opened.checkpoint.size >= found.from) witnessed.expect(opened.checkpoint, found.from)
    }
    witnessed.compare(tree)
  }
  const entry = ({ index, record, event }: ExportEntry) => {
    report(sequence.see(index))
    // Past a hole the tree cannot follow; the entries are still read for what they say.
    if (index === tree.size) {
      tree.append(leafHash(record))
      witnessed.compare(tree)
    }
    intents.see(index, event)
    clock.see(event['at'])
  }

  let number = 0
  for await (const text of lines) {
    number++
    if (text === '') continue
    const line = parseExportLine(text)
    if (line?.kind === 'header' && header === undefined && fits(line)) begin(line)
    else if (line === undefined || line.kind === 'header' || header === undefined) {
      report({ kind: 'malformed_line', line: number })
    } else if (line.kind === 'entry') entry(line)
    else {
      const opened = openCheckpoint(line.note, keys)
      if (opened.ok) witnessed.expect(opened.checkpoint, tree.size)
      else report({ kind: 'bad_checkpoint', line: number, why: opened.why })
      witnessed.compare(tree)
    }
  }

  const from = header?.from ?? 0
  // What only the whole shows is never crowded out by what single lines showed.
  const conclusions = [...sequence.missing(), ...witnessed.findings(sequence.next)].slice(0, MAX_FINDINGS)
  findings.push(...conclusions)
  const covered = witnessed.matched > 0 && (witnessed.verifiedSize > from || sequence.next === from)
  if (!covered && conclusions.length === 0) findings.push({ kind: 'unsigned' })
  return {
    ok: findings.length === 0,
    from,
    size: sequence.next,
    verifiedSize: witnessed.verifiedSize,
    checkpoints: witnessed.matched,
    findings,
    clock: { regressions: clock.regressions, largestSeconds: clock.largestMs / 1000 },
    unknown: intents.open(MAX_UNKNOWN),
    unknownCount: intents.openCount,
  }
}

function fits({ from, frontier }: ExportHeader): boolean {
  try {
    return new CompactRange(from, frontier).size === from
  } catch {
    return false
  }
}

class Clock {
  regressions = 0
  largestMs = 0
  #latest = Number.NEGATIVE_INFINITY

  see(at: unknown): void {
    const time = typeof at === 'string' ? Date.parse(at) : Number.NaN
    if (time < this.#latest) {
      this.regressions++
      this.largestMs = Math.max(this.largestMs, this.#latest - time)
    } else if (time > this.#latest) this.#latest = time
  }
}
