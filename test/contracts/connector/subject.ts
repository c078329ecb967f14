import type { AnyConnector, Operation } from '@credbroker/connectors/connector'
import type { ClientRequest, UpstreamReader, UpstreamRequest } from '@credbroker/connectors/request'
import type { Access } from '@credbroker/core/access'

export interface ConnectorUnderTest {
  /** As an operator stores it, with {@link ConnectorUnderTest.secret} as what must not be seen. */
  readonly root: unknown
  readonly secret: string
  readonly spec: unknown
  /** Requests that are taken, with what they do at least. One of them dangerous. */
  readonly samples: readonly Sample[]
  /** Requests that are like the samples and must be refused, by what they try. */
  readonly refused: Readonly<Record<string, ClientRequest>>
  /** What the root is found to reach, sorted. */
  readonly reaches: readonly string[]
  /** What the vendor answers to whoever resolves, or inspects the root. */
  readonly vendor: (body: string, target: string) => { readonly status: number; readonly body: string }
}

export interface Sample {
  readonly request: ClientRequest
  readonly operation: string
  readonly access: readonly Access[]
  readonly anchors: readonly string[]
}

export interface ConnectorBench {
  readonly connector: AnyConnector
  readonly subject: ConnectorUnderTest
  readonly spec: unknown
}

/** A reader that answers as this vendor does, and what it was asked. */
export function readerOf({ connector, subject }: ConnectorBench, answer = subject.vendor) {
  const asked: { readonly request: UpstreamRequest; readonly fresh: boolean }[] = []
  const reader: UpstreamReader = {
    host: new URL(connector.upstream(connector.root.parse(subject.root)).origin).host,
    read: async (request, { fresh }) => {
      asked.push({ request, fresh })
      return answer(request.body ?? '', request.target)
    },
  }
  return { reader, asked }
}

/** Answers that say nothing: unknown, forbidden, of another form. */
export const STRANGE_ANSWERS = [
  { status: 404, body: '{}' },
  { status: 403, body: '{"errors":[{"message":"Not Authorized"}]}' },
  { status: 200, body: '{"errors":[{"message":"Not found"}],"data":null}' },
  { status: 200, body: '{"data":{}}' },
  { status: 200, body: '' },
  { status: 200, body: 'null' },
  { status: 200, body: '[]' },
  { status: 200, body: '{"data":{"a":{"projectId":{},"edges":1}}}' },
  { status: 302, body: '' },
] as const

/** The operations of a request that must be taken. */
export function operationsOf({ connector, spec }: ConnectorBench, request: ClientRequest) {
  const parsed = connector.parse(request, spec)
  if (parsed.refused !== undefined) throw new Error(`refused: ${parsed.refused} ${parsed.at ?? ''}`)
  return parsed.operations as readonly [Operation, ...Operation[]]
}

/** A client's request. Bodies that are no text are sent as JSON. */
export function asked(
  method: string,
  target: string,
  body?: unknown,
  headers: ClientRequest['headers'] = [],
): ClientRequest {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
  return {
    method,
    target,
    headers: [...(text ? ([['content-type', 'application/json']] as const) : []), ...headers],
    body: Buffer.from(text),
  }
}
