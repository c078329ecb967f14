import type { Operation } from '@credbroker/connectors/connector'
import type { GuardedConnector } from '@credbroker/connectors/guard'
import { REFUSALS, type Refusal, type RefusalCode } from '@credbroker/connectors/refusals'
import type { ClientRequest, UpstreamRequest } from '@credbroker/connectors/request'
import { type Access, SIDES, type Side, sortAccess } from '@credbroker/core/access'
import { canonicalHash, type Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { LiveCall } from './live-call.ts'

/** A request as operations, and what is sent instead of it. */
export interface ReadCall {
  readonly connector: GuardedConnector
  readonly spec: unknown
  readonly operations: readonly [Operation, ...Operation[]]
  /** Of each operation, in the same order. */
  readonly levels: readonly (readonly Access[])[]
  /** Of all of them. */
  readonly access: readonly Access[]
  readonly touches: readonly Side[]
  readonly erases: readonly Side[]
  readonly request: UpstreamRequest
  readonly requestHash: string
}

/** The connector does not read it. What the client wrote is not in it. */
export class CallRefused extends BrokerError {
  readonly refusal: RefusalCode

  constructor({ refused, at }: Refusal) {
    super(refused === 'unclassified' ? 'operation_unclassified' : 'call_refused', {
      detail: at === undefined ? REFUSALS[refused] : `${REFUSALS[refused]} (${at})`,
    })
    this.refusal = refused
  }
}

/** Nobody is asked for this. @throws BrokerError `call_refused`, `operation_unclassified`, `root_unusable` */
export function readCall(
  connector: GuardedConnector,
  { scope, root }: LiveCall,
  client: ClientRequest,
): ReadCall {
  const spec = connector.spec(scope.allow)
  const parsed = connector.is.parse(client, spec)
  if (parsed.refused !== undefined) throw new CallRefused(parsed)
  const { operations } = parsed
  const effects = operations.map((operation) => connector.is.access(operation, spec))
  const request = connector.is.rebuild(operations, spec)
  const side = (which: 'touches' | 'erases') =>
    SIDES.filter((one) => effects.some((effect) => effect[which].includes(one)))
  return {
    connector,
    spec,
    operations,
    levels: effects.map(({ access }) => access),
    access: sortAccess(effects.flatMap(({ access }) => [...access])),
    touches: side('touches'),
    erases: side('erases'),
    request,
    requestHash: canonicalHash({
      connector: connector.is.kind,
      root: scope.root,
      rootVersion: root.version,
      scope: scope.name,
      operations: operations.map(({ name, arguments: given }) => ({ name, arguments: given })),
      request: request as unknown as Json,
    }),
  }
}
