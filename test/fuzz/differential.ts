import { bodyOf } from '@credbroker/connectors/body-of'
import type { AnyConnector, Operation } from '@credbroker/connectors/connector'
import type { ClientRequest, UpstreamRequest } from '@credbroker/connectors/request'
import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import { mutate } from './mutate.ts'
import { seeded } from './random.ts'

/** What somebody else's server takes a request for: names and arguments, in order. */
export type Understood = readonly { readonly name: string; readonly arguments: Json }[]

export interface Subject {
  readonly connector: AnyConnector
  readonly spec: unknown
  /** Requests that are taken. */
  readonly seeds: readonly [ClientRequest, ...ClientRequest[]]
  /** Of the vendor's language: names, ids, members. */
  readonly words: readonly [string, ...string[]]
  /** Each is a server of its own making, reading nothing but what was sent. Undefined: it refuses, so nothing happens. */
  readonly servers: Readonly<Record<string, (sent: UpstreamRequest) => Understood | undefined>>
  /** What a server can tell of an operation. Left out: all of it. */
  readonly told?: (operation: Operation) => Json
  /** Operations that a server answers by itself, without calling anything. */
  readonly answeredBefore?: readonly string[]
}

export interface Finding {
  readonly what: 'crash' | 'disagreement' | 'unstable'
  readonly where: string
  readonly request: {
    readonly method: string
    readonly target: string
    readonly headers: Json
    readonly body: string
  }
  readonly detail: string
}

export interface Outcome {
  readonly runs: number
  readonly taken: number
  readonly refused: ReadonlyMap<string, number>
  readonly findings: readonly Finding[]
}

/**
 * Changes requests at random, and holds what our parser says of each that it takes against what servers make of the bytes
 * that we would send. A crash is anything but a refusal.
 */
export function differential(subject: Subject, runs: number, seed: number): Outcome {
  const random = seeded(seed)
  const refused = new Map<string, number>()
  const findings: Finding[] = []
  let taken = 0
  for (let run = 0; run < runs && findings.length < 10; run++) {
    const request = mutate(random.pick(subject.seeds), subject.words, random)
    try {
      const parsed = subject.connector.parse(request, subject.spec)
      if (parsed.refused !== undefined) refused.set(parsed.refused, (refused.get(parsed.refused) ?? 0) + 1)
      else {
        taken++
        findings.push(...compare(subject, request, parsed.operations))
      }
    } catch (error) {
      findings.push(finding('crash', 'parse', request, String(error)))
    }
  }
  return { runs, taken, refused, findings }
}

function compare(
  { connector, spec, servers, told = toldOf, answeredBefore = [] }: Subject,
  request: ClientRequest,
  operations: readonly [Operation, ...Operation[]],
): Finding[] {
  const sent = connector.rebuild(operations, spec)
  for (const operation of operations) connector.access(operation, spec)
  const again = connector.parse(asClient(sent), spec)
  if (
    again.refused !== undefined ||
    canonicalJson(again.operations as never) !== canonicalJson(operations as never)
  )
    return [finding('unstable', 'rebuild', request, again.refused ?? 'another operation')]
  const ours = canonicalJson(operations.filter(({ name }) => !answeredBefore.includes(name)).map(told))
  return Object.entries(servers).flatMap(([name, server]) => {
    const theirs = server(sent)
    return theirs === undefined || canonicalJson(theirs as never) === ours
      ? []
      : [finding('disagreement', name, request, `${ours} / ${canonicalJson(theirs as never)}`)]
  })
}

const toldOf = (operation: Operation): Json => ({ name: operation.name, arguments: operation.arguments })

export const asClient = (request: UpstreamRequest): ClientRequest => ({
  method: request.method,
  target: request.target,
  headers: Object.entries(request.headers),
  body: bodyOf(request) ?? Buffer.alloc(0),
})

const finding = (what: Finding['what'], where: string, request: ClientRequest, detail: string): Finding => ({
  what,
  where,
  request: {
    method: request.method,
    target: request.target,
    headers: request.headers.map(([name, value]) => [name, value]),
    body: Buffer.from(request.body).toString('latin1'),
  },
  detail,
})
