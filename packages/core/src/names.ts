import { z } from 'zod'
import { ACCESS, SIDES, TIERS } from './access.ts'
import { parseDuration } from './duration.ts'

/**
 * The name of anything an operator declares: lower-case ASCII, so that two names that look alike are alike,
 * and none can carry a quote, a path, a direction mark or a control character.
 */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,47}$/, 'lower-case letters, digits and `-`, starting with a letter, at most 48')

// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const NO_CONTROL = /^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*$/

/** Free text from people or agents: bounded, without control characters and direction marks. Always a claim, never trusted. */
export const freeText = (maxLength: number) =>
  z.string().min(1).max(maxLength).regex(NO_CONTROL, 'must not contain control or direction characters')

/** Any JSON. Its type is said here, because whoever describes the schema would follow its recursion without end. */
export const json = z.json().meta({ type: ['object', 'array', 'string', 'number', 'boolean', 'null'] })

export const access = z.enum(ACCESS)
export const side = z.enum(SIDES)
export const tier = z.enum(TIERS)

const DURATION = 'a duration such as 15m, 8h or 900s'

/** `15m`, `8h`, `900s` or a number of seconds; inside it is always `…Seconds`. */
export const durationSeconds = z
  .union([
    z.number().int().positive().max(31_536_000),
    z
      .string()
      .max(12)
      .regex(/^[1-9][0-9]{0,6}[smh]?$/, DURATION),
  ])
  .transform((value, ctx) => {
    const seconds = typeof value === 'number' ? value : parseDuration(value)
    if (seconds === undefined) {
      ctx.addIssue({ code: 'custom', message: DURATION })
      return z.NEVER
    }
    return seconds
  })

/** RFC 3339 in UTC with milliseconds, as every time on the wire is. */
export const timestamp = z.iso.datetime({ precision: 3 })
