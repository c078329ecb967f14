import type { Json } from '@credbroker/core/canonical-json'
import type { Secret } from '@credbroker/core/secret'
import type { AnyConnector, CataloguedOperation, Reach } from './connector.ts'

/**
 * A connector as the broker uses it. Roots go in as the sealed text's `Secret`, specs as they were stored; what is parsed of a
 * spec is kept as long as the stored object is. Every method throws `BrokerError` only.
 */
export interface GuardedConnector {
  readonly is: AnyConnector
  /** @throws {BrokerError} `invalid_request` with the paths of what is wrong */
  checkRoot(root: Secret): void
  checkSpec(spec: Json): void
  spec(stored: Json): unknown
  root(text: Secret): unknown
  operations(stored: Json): readonly CataloguedOperation[]
  /** Asks the vendor, through the guarded egress. @throws {BrokerError} `vendor_unavailable`, `vendor_refused` */
  inspect(root: Secret): Promise<Reach>
}
