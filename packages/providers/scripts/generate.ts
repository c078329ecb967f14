import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const kindsFolder = fileURLToPath(new URL('../src/kinds', import.meta.url))

/**
 * The text of `src/registry.gen.ts`, from the files in `src/kinds`: one per provider, tests and subfolders left out.
 * The root's `scripts/generate.ts` writes it, and CI compares.
 */
export function generateRegistry(folder: string = kindsFolder): string {
  const kinds = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => entry.name.slice(0, -'.ts'.length))
    .sort()
  for (const kind of kinds)
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(kind))
      throw new Error(`${kind}.ts: the file’s name is the kind’s name`)
  return `// Generated from kinds/*.ts by packages/providers/scripts/generate.ts. Do not edit.
import type { AnyProvider } from './provider.ts'

/** Every kind of provider. A kind is loaded when it is first used, so that a vendor's SDK costs only those who use it. */
export const PROVIDERS: ReadonlyMap<string, () => Promise<AnyProvider>> = new Map<
  string,
  () => Promise<AnyProvider>
>([
${kinds.map((kind) => `  ['${kind}', async () => (await import('./kinds/${kind}.ts')).default as AnyProvider],`).join('\n')}
])
`
}
