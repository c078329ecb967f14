import { readdirSync } from 'node:fs'
import { join } from 'node:path'

interface Registry {
  /** `providers`: the folder below `packages`. */
  readonly package: string
  readonly constant: string
  readonly type: string
  /** The file of the package that has the type. */
  readonly from: string
  readonly comment: string
}

/**
 * The text of a package's `src/registry.gen.ts`, from the files in `src/kinds`: one per kind, tests and subfolders left
 * out. `scripts/generate.ts` writes it, and CI compares.
 */
function generateRegistry({ package: name, constant, type, from, comment }: Registry): string {
  const folder = join(import.meta.dirname, '..', 'packages', name, 'src', 'kinds')
  const kinds = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => entry.name.slice(0, -'.ts'.length))
    .sort()
  for (const kind of kinds)
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(kind))
      throw new Error(`${kind}.ts: the file’s name is the kind’s name`)
  return `// Generated from kinds/*.ts by scripts/registry.ts. Do not edit.
import type { ${type} } from '${from}'

/** ${comment} */
export const ${constant}: ReadonlyMap<string, () => Promise<${type}>> = new Map<
  string,
  () => Promise<${type}>
>([
${kinds.map((kind) => `  ['${kind}', async () => (await import('./kinds/${kind}.ts')).default as ${type}],`).join('\n')}
])
`
}

export const generateProviderRegistry = (): string =>
  generateRegistry({
    package: 'providers',
    constant: 'PROVIDERS',
    type: 'AnyProvider',
    from: './provider.ts',
    comment:
      "Every kind of provider. A kind is loaded when it is first used, so that a vendor's SDK costs only those who use it.",
  })

export const generateConnectorRegistry = (): string =>
  generateRegistry({
    package: 'connectors',
    constant: 'CONNECTORS',
    type: 'AnyConnector',
    from: './connector.ts',
    comment: 'Every kind of connector. A kind, and the schema it pins, is loaded when it is first used.',
  })
