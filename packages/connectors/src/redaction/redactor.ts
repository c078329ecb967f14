import type { Secret } from '@credbroker/core/secret'
import type { Redactor } from '../connector.ts'
import { formsOf } from './forms.ts'

const MARK = Buffer.from('[secret]')

/** A token by its looks: a fixed beginning, then characters of one alphabet. */
export interface TokenShape {
  readonly prefix: string
  /** Letters and digits are in it always. */
  readonly also?: string
  readonly atLeast: number
}

/** Longer ones are struck out in pieces. */
const LONGEST_TOKEN = 1024

/**
 * Strikes secrets out of bytes that come in chunks of any size, in every form of {@link formsOf}, and whatever looks like
 * one of `shapes`. Only bytes that may be the beginning of one are held back, so that streams keep flowing.
 */
export function redactor(secrets: readonly Secret[], shapes: readonly TokenShape[] = []): Redactor {
  const matchers: Matcher[] = [...formsOf(secrets).map(exactly), ...shapes.map(shaped)]
  const byFirst = new Map<number, Matcher[]>()
  for (const matcher of matchers) byFirst.set(matcher.first, [...(byFirst.get(matcher.first) ?? []), matcher])
  let held: Buffer = Buffer.alloc(0)

  const sweep = (bytes: Buffer, last: boolean): Uint8Array => {
    const out: Buffer[] = []
    let clean = 0
    let at = 0
    while (at < bytes.length) {
      const found = longest(byFirst.get(bytes[at] as number), bytes, at, last)
      if (found === 'wait') break
      if (found === 0) at += 1
      else {
        out.push(bytes.subarray(clean, at), MARK)
        at += found
        clean = at
      }
    }
    out.push(bytes.subarray(clean, at))
    held = Buffer.from(bytes.subarray(at))
    return Buffer.concat(out)
  }

  return {
    write: (chunk) => sweep(Buffer.concat([held, chunk]), false),
    end: () => sweep(held, true),
  }
}

interface Matcher {
  readonly first: number
  /** How many bytes match at `at`; 0 for none; `wait` where more bytes could make it a match, or a longer one. */
  readonly match: (bytes: Buffer, at: number, last: boolean) => number | 'wait'
}

function longest(
  matchers: readonly Matcher[] | undefined,
  bytes: Buffer,
  at: number,
  last: boolean,
): number | 'wait' {
  let best = 0
  for (const { match } of matchers ?? []) {
    const length = match(bytes, at, last)
    if (length === 'wait') return 'wait'
    if (length > best) best = length
  }
  return best
}

function exactly(form: Buffer): Matcher {
  return {
    first: form[0] as number,
    match(bytes, at, last) {
      const there = Math.min(form.length, bytes.length - at)
      if (bytes.compare(form, 0, there, at, at + there) !== 0) return 0
      if (there === form.length) return there
      return last ? 0 : 'wait'
    },
  }
}

function shaped({ prefix, also = '', atLeast }: TokenShape): Matcher {
  const start = exactly(Buffer.from(prefix))
  const alphabet = new Set(
    Buffer.from(`ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${also}`),
  )
  return {
    first: start.first,
    match(bytes, at, last) {
      const begun = start.match(bytes, at, last)
      if (begun === 'wait' || begun === 0) return begun
      let end = at + begun
      while (end < bytes.length && end - at < LONGEST_TOKEN && alphabet.has(bytes[end] as number)) end += 1
      if (end === bytes.length && end - at < LONGEST_TOKEN && !last) return 'wait'
      return end - at - begun >= atLeast ? end - at : 0
    },
  }
}
