import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inputSchema } from '@credbroker/core/json-schema/input-schema'
import type { AnyConnector } from '../src/connector.ts'
import type { KnownConnector } from '../src/known.ts'

export const CATALOGUE_PATH = 'packages/connectors/src/catalogue.gen.ts'

const folder = join(import.meta.dirname, '../src/kinds')
// From the folder and not from the registry, which is generated too and may be older.
const kinds = await Promise.all(
  readdirSync(folder)
    .filter((file) => /^[a-z0-9-]+\.ts$/.test(file))
    .sort()
    .map(async (file) => ((await import(join(folder, file))) as { default: AnyConnector }).default),
)

const known = ({
  kind,
  title,
  vendor,
  anchor,
  hosts = [],
  placeholders,
  inner,
  limits,
  catalogue = [],
  root,
  spec,
}: AnyConnector): KnownConnector => ({
  kind,
  title,
  vendor,
  anchorSyntax: anchor.syntax,
  hosts,
  ...(placeholders && { placeholders }),
  ...(inner && { inner: inner.provider, ...(inner.ownRootsToo && { ownRootsToo: true }) }),
  ...(limits && { bodyBytes: limits.bodyBytes }),
  schemas: { root: inputSchema(root), spec: inputSchema(spec) },
  operations: catalogue.map(({ name, access, facts }) => ({ name, access, ...(facts && { facts }) })),
})

const entry = (connector: KnownConnector): string => {
  const { operations, ...about } = connector
  const rows = operations.map((operation) => `\n    ${JSON.stringify(operation)},`)
  return `  ['${connector.kind}', ${JSON.stringify(about).slice(0, -1)},\n    "operations":[${rows.join('')}]}],`
}

/** What policies, and readers of a configuration, need of every kind; so that no kind has to be loaded for it. */
export const generateCatalogue = (): string =>
  `// Generated from kinds/*.ts by scripts/catalogue.ts. Do not edit.
import type { KnownConnector } from './known.ts'

/** Every kind of connector, and the operations of those vendors that have a catalogue. */
export const KNOWN_CONNECTORS: ReadonlyMap<string, KnownConnector> = new Map<string, KnownConnector>([
${kinds.map((kind) => entry(known(kind))).join('\n')}
])
`
