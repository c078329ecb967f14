import type { Json } from '@credbroker/core/canonical-json'
import { LIMITS } from '@credbroker/core/limits'
import { parseRoot, parseStrictly } from '@credbroker/core/parse-strictly'
import type { Secret } from '@credbroker/core/secret'
import type { AnyConnector, CataloguedOperation, Reach } from './connector.ts'
import { cleanReach } from './guard/clean-reach.ts'
import { connectorError } from './guard/connector-error.ts'
import { secretsIn, visibleText } from './guard/visible-text.ts'
import { type Send, upstreamReader } from './reader.ts'

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

export interface GuardOptions {
  readonly egress: Send
  /** For everything that one inspection asks. `LIMITS.mintTimeoutSeconds` unless told. */
  readonly deadlineMilliseconds?: number
}

export function guardConnector(connector: AnyConnector, options: GuardOptions): GuardedConnector {
  const milliseconds = options.deadlineMilliseconds ?? LIMITS.mintTimeoutSeconds * 1000
  const specs = new WeakMap<object, unknown>()

  const root = (text: Secret) => parseRoot(connector.root, text)
  function spec(stored: Json): unknown {
    const key = typeof stored === 'object' && stored !== null ? stored : undefined
    const known = key && specs.get(key)
    if (known !== undefined) return known
    const parsed: unknown = parseStrictly(connector.spec, stored, 'spec')
    if (key) specs.set(key, parsed)
    return parsed
  }

  return {
    is: connector,
    root,
    spec,
    checkRoot: (text) => void root(text),
    checkSpec: (stored) => void spec(stored),
    operations: (stored) => connector.operations(spec(stored)),
    async inspect(text) {
      const parsed = root(text)
      const upstream = connector.upstream(parsed)
      const visible = visibleText(connector, secretsIn([parsed, upstream.credential]))
      const controller = new AbortController()
      const timer = setTimeout(() => controller.abort(), milliseconds)
      try {
        const reader = upstreamReader(upstream, { send: options.egress, signal: controller.signal })
        return cleanReach(connector, await connector.reach(parsed, reader), visible)
      } catch (error) {
        throw connectorError(error, visible)
      } finally {
        clearTimeout(timer)
        controller.abort()
      }
    },
  }
}
