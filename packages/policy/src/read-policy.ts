import { type PolicyJson, policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Problem } from '@credbroker/core/errors'
import { depthOf, type Node } from './cedar-json.ts'
import { mentionsOf } from './mentions.ts'
import { APPROVAL_LEVELS, type ApprovalLevel } from './request.ts'
import type { PolicyText } from './source-text.ts'

/** One policy, read and ready. */
export interface Policy {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly guardrail: boolean
  /** `file:line` of its first character. */
  readonly at: string
  readonly line: number
  readonly column: number
  /** What is evaluated. */
  readonly text: string
  /** For looking at its form only: integers beyond 2^53 are rounded here. */
  readonly json: PolicyJson
  /** Shown to the agent where a forbid decides. */
  readonly reason?: string
  /** What lifts a forbid. */
  readonly approval?: ApprovalLevel
}

const GUARDRAIL = 'guardrail:'
const KNOWN = new Set(['id', 'reason', 'approval', 'description'])
/** Deep enough for any policy people read; far from what Cedar's stack holds. */
const MAX_DEPTH = 110
const MAX_CONDITIONS = 32

// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

/** Reads one policy of a file. Without `@id` it is called `file#n`, n counting from 1. */
export function readPolicy(
  file: string,
  index: number,
  { text, line, column }: PolicyText,
  guardrail: boolean,
): { policy?: Policy; problems: Problem[] } {
  const at = `${file}:${line}`
  const answer = policyToJson(text)
  if (answer.type === 'failure')
    return { problems: answer.errors.map(({ message }) => ({ at, message: message.slice(0, 500) })) }
  const json = answer.json
  const { id = `${file}#${index + 1}`, reason, approval } = json.annotations ?? {}
  const messages: string[] = []
  const must = (holds: boolean, message: string): void => {
    if (!holds) messages.push(message)
  }
  must(
    depthOf(json as unknown as Node) <= MAX_DEPTH && json.conditions.length <= MAX_CONDITIONS,
    'too deeply nested',
  )
  for (const name of Object.keys(json.annotations ?? {}))
    must(KNOWN.has(name), 'annotations are @id, @reason, @approval and @description')
  must(
    /^[A-Za-z0-9][A-Za-z0-9 ._:#/-]{0,119}$/.test(id ?? ''),
    '@id takes letters, digits, space and . _ : # / -',
  )
  must(
    guardrail === (id ?? '').startsWith(GUARDRAIL),
    `ids that start with ${GUARDRAIL} belong to the broker`,
  )
  if (reason !== undefined) must(isReason(reason), '@reason takes up to 500 printable characters')
  if (approval !== undefined) {
    must((APPROVAL_LEVELS as readonly unknown[]).includes(approval), '@approval is "passkey" or "two-person"')
    must(json.effect === 'forbid', '@approval belongs to a forbid: it says what lifts it')
    must(
      mentionsOf([json.conditions as unknown as Node]).leaves.has('approval'),
      'a forbid with @approval must look at context.approval, or no approval could lift it',
    )
  }
  if (messages.length > 0) return { problems: messages.map((message) => ({ at, message })) }
  return {
    policy: Object.freeze({
      id,
      effect: json.effect,
      guardrail,
      at,
      line,
      column,
      text,
      json,
      ...(reason && { reason }),
      ...(approval && { approval: approval as ApprovalLevel }),
    }),
    problems: [],
  }
}

const isReason = (text: unknown): boolean =>
  typeof text === 'string' && text.length > 0 && text.length <= 500 && !UNPRINTABLE.test(text)
