import { canonicalJson, type Json } from '../canonical-json.ts'

/**
 * An export is JSON lines, each in canonical form (RFC 8785): one header, then entries in the order of their index, and
 * each checkpoint right after the last entry that it covers.
 */
export type ExportLine = ExportHeader | ExportEntry | ExportCheckpoint

export interface ExportHeader {
  readonly kind: 'header'
  /** The index of the first entry. */
  readonly from: number
  /** The compact range of the tree of size `from`, so that checkpoints can be checked without the entries before. */
  readonly frontier: Buffer
}

export interface ExportEntry {
  readonly kind: 'entry'
  readonly index: number
  /** The text that the leaf hashes, exactly. */
  readonly record: string
  readonly event: Record<string, unknown>
}

export interface ExportCheckpoint {
  readonly kind: 'checkpoint'
  readonly note: string
}

export const headerLine = (from: number, frontier: Buffer): string =>
  canonicalJson({ credbroker_audit_export: 1, from, frontier: frontier.toString('base64') })

/** The record stands verbatim inside the line, which is canonical because the record is. */
export const entryLine = (index: number, record: string): string => `{"event":${record},"index":${index}}`

export const checkpointLine = (note: string): string => canonicalJson({ checkpoint: note })

/**
 * Reads one line. Only the canonical form is taken: a repeated key or another spelling could show a reader something
 * else than what was hashed. Undefined for anything else.
 */
export function parseExportLine(line: string): ExportLine | undefined {
  const value = parseCanonical(line)
  if (value === undefined) return undefined
  const { event, index, checkpoint, credbroker_audit_export: version, from, frontier } = value
  switch (Object.keys(value).join()) {
    case 'event,index':
      return isIndex(index) && isObject(event)
        ? {
            kind: 'entry',
            index,
            event,
            record: line.slice('{"event":'.length, -`,"index":${index}}`.length),
          }
        : undefined
    case 'checkpoint':
      return typeof checkpoint === 'string' ? { kind: 'checkpoint', note: checkpoint } : undefined
    case 'credbroker_audit_export,from,frontier':
      return version === 1 && isIndex(from) && typeof frontier === 'string'
        ? { kind: 'header', from, frontier: Buffer.from(frontier, 'base64') }
        : undefined
    default:
      return undefined
  }
}

function parseCanonical(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) && canonicalJson(value as Json) === line ? value : undefined
  } catch {
    return undefined
  }
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
