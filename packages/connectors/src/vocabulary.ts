import { type Access, mostDangerous } from '@credbroker/core/access'
import { KNOWN_CONNECTORS } from './catalogue.gen.ts'
import type { KnownConnector, KnownOperation } from './known.ts'

/** How policies call an operation. */
export const operationId = (kind: string, name: string): string => `${kind}:${name}`

/** Every operation that policies can name, in the group of the most dangerous of its levels. */
export const VOCABULARY: readonly {
  readonly id: string
  readonly access: Access
  readonly facts?: NonNullable<KnownOperation['facts']>
}[] = [...KNOWN_CONNECTORS.values()].flatMap(({ kind, operations }: KnownConnector) =>
  operations.map(({ name, access, facts }) => ({
    id: operationId(kind, name),
    access: mostDangerous(access),
    ...(facts && { facts }),
  })),
)
