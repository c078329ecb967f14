import { Refused } from '../refusals.ts'

/** A path and query that every server reads alike. */
export interface PlainTarget {
  /** Decoded, none empty, none dotted. */
  readonly segments: readonly string[]
  /** Decoded, each name once. */
  readonly query: ReadonlyMap<string, string>
}

/**
 * Reads a target that leaves no room for two readings: printable ASCII, no empty or dotted segment, no `;`, and nothing
 * encoded that would be a separator, a dot, a control, a `%` or beyond ASCII once decoded (RFC 3986 §2.3, §3.3).
 *
 * @throws {Refused} `path_refused`, `query_refused`
 */
export function plainTarget(target: string): PlainTarget {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? undefined : target.slice(mark + 1)
  const segments = path === '/' ? [] : path.slice(1).split('/').map(plainSegment)
  return { segments, query: query === undefined ? new Map() : plainQuery(query) }
}

function plainSegment(raw: string): string {
  if (!/^(?:[A-Za-z0-9._~!$&'()*+,:=@-]|%[0-9A-Fa-f]{2})+$/.test(raw)) throw new Refused('path_refused')
  if (/%(?:2[ef5]|5c|3b|3f|23|[01][0-9a-f]|7f|[89a-f][0-9a-f])/i.test(raw)) throw new Refused('path_refused')
  const segment = decodeURIComponent(raw)
  if (/^\.{1,2}$/.test(segment)) throw new Refused('path_refused')
  return segment
}

function plainQuery(raw: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  if (raw === '') return query
  for (const pair of raw.split('&')) {
    const [, name, value] = /^([A-Za-z0-9_.-]{1,64})=(.*)$/.exec(pair) ?? []
    if (name === undefined || value === undefined || query.has(name)) throw new Refused('query_refused')
    query.set(name, plainValue(value))
  }
  return query
}

/** `+` means a space to some and itself to others, and `;` separates for some. */
function plainValue(raw: string): string {
  if (!/^(?:[A-Za-z0-9._~!$'()*,:@/?=-]|%[0-9A-Fa-f]{2})*$/.test(raw)) throw new Refused('query_refused')
  try {
    const value = decodeURIComponent(raw)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
    if (/[\u0000-\u001f\u007f-\u009f]/.test(value)) throw new Refused('query_refused')
    return value
  } catch {
    throw new Refused('query_refused')
  }
}

/** One segment or value, encoded so that {@link plainTarget} gives it back. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
