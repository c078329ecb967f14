import type { Secret } from '@credbroker/core/secret'
import type { LeakAnswer, LeakMatch } from '@credbroker/core/wire/leaks'
import type { Client } from '../client.ts'

/** What was found, for the broker alone. */
export interface Found {
  readonly value: Secret
  readonly kind: string
  readonly where: string
}

/** As many as one report may have, and no more than a body may. */
const AT_ONCE = 100
const CHARACTERS_AT_ONCE = 60_000
const SHORTEST = 8
const LONGEST = 16_384

/**
 * Tells the broker of secrets that were found. Whoever may operate hears whose each is, in their order; everybody else hears
 * nothing: undefined. `revoke` ends leases at once.
 */
export async function tellBroker(
  client: Client,
  found: readonly Found[],
  revoke: boolean,
): Promise<readonly LeakMatch[] | undefined> {
  const matches: LeakMatch[] = []
  for (const batch of batchesOf(found)) {
    const findings = batch.flatMap(({ value, kind, where }) =>
      fits(value) ? [{ value: value.expose(), kind: kind.slice(0, 64), where: where.slice(0, 400) }] : [],
    )
    if (findings.length === 0) {
      matches.push(...batch.map(() => UNKNOWN))
      continue
    }
    const answer = await client.post<Partial<LeakAnswer>>('/v1/leaks', {
      findings,
      ...(revoke && { revoke }),
    })
    if (!answer.findings) return undefined
    const told = [...answer.findings]
    matches.push(...batch.map(({ value }) => (fits(value) ? (told.shift() ?? UNKNOWN) : UNKNOWN)))
  }
  return matches
}

const UNKNOWN: LeakMatch = { match: 'unknown' }

const fits = (value: Secret): boolean => {
  const { length } = value.expose()
  return length >= SHORTEST && length <= LONGEST
}

function batchesOf(found: readonly Found[]): Found[][] {
  const batches: Found[][] = []
  let size = CHARACTERS_AT_ONCE
  for (const one of found) {
    const { length } = one.value.expose()
    const last = batches.at(-1)
    if (last && last.length < AT_ONCE && size + length <= CHARACTERS_AT_ONCE) last.push(one)
    else {
      batches.push([one])
      size = 0
    }
    size += length
  }
  return batches
}
