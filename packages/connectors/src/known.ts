import type { Access } from '@credbroker/core/access'
import type { JsonSchema } from '@credbroker/core/json-schema/input-schema'
import type { GuardedConnector } from './guard.ts'

/** What is known of a kind without loading it, and with it the schema that it pins. */
export interface KnownConnector {
  readonly kind: string
  readonly title: string
  readonly vendor: string
  readonly anchorSyntax: string
  readonly hosts: readonly string[]
  readonly placeholders?: readonly string[]
  /** The kind of provider that mints what this connector sends; absent where it has roots of its own. */
  readonly inner?: string
  /** Roots of the connector’s own kind are taken too. */
  readonly ownRootsToo?: true
  /** Instead of `LIMITS.bodyBytes`. */
  readonly bodyBytes?: number
  /** What its roots and its scopes say, as JSON Schema. */
  readonly schemas: { readonly root: JsonSchema; readonly spec: JsonSchema }
  /** Empty where scopes declare the operations themselves. */
  readonly operations: readonly KnownOperation[]
}

export interface KnownOperation {
  readonly name: string
  /** The most that it can do; in the order of `ACCESS`. */
  readonly access: readonly Access[]
  readonly facts?: { readonly [name: string]: 'boolean' | 'number' | 'string' | 'strings' }
}

/** The connectors of this broker. A kind is loaded when something first uses it. */
export interface Connectors {
  readonly known: ReadonlyMap<string, KnownConnector>
  /** @throws {BrokerError} `root_unusable` for one that this broker does not have */
  load(kind: string): Promise<GuardedConnector>
}
