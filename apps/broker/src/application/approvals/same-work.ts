import { canonicalHash, type Json } from '@credbroker/core/canonical-json'
import type { Approval, AskedRequest } from '../../domain/approval.ts'
import { READABLE } from '../gateway/readable.ts'

/**
 * Whether doing this would do something of what was asked there, however it is written: by another scope of the root, with
 * another selection of the answer, or with a nothing in place of an absent argument.
 */
export function doesTheSame(
  { work, subject }: Approval,
  root: string,
  asked: readonly AskedRequest[],
): boolean {
  if (subject.kind !== 'call') return false
  const known = new Set(subject.requests.flatMap((one) => [one.requestHash, ...deedsOf(work?.root, one)]))
  return asked.some((one) => [one.requestHash, ...deedsOf(root, one)].some((deed) => known.has(deed)))
}

/** Each operation by itself, and the request as it would be sent where all of it is known. */
function deedsOf(root: string | undefined, { operations, request }: AskedRequest): string[] {
  const deeds: Json[] = operations.map(({ name, arguments: given }) => [name, withoutNothings(given)])
  const { method, target, body = null } = request
  if ((body ?? '').length < READABLE) deeds.push([method, target, body])
  return deeds.map((deed) => canonicalHash([root ?? null, deed]))
}

function withoutNothings(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map((each: Json) => withoutNothings(each))
  if (typeof value !== 'object' || value === null) return value ?? null
  const members = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(members.map(([name, each]) => [name, withoutNothings(each)]))
}
