import { join } from 'node:path'
import { buildSync } from 'esbuild'

export const PAGE_SCRIPT_PATH = 'apps/broker/src/http/pages/script.gen.ts'

const root = join(import.meta.dirname, '../../..')

/** The one script of the pages, from apps/broker/pages, as text that the broker serves: it needs no file beside itself. */
export function generatePageScript(): string {
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: ['apps/broker/pages/main.ts'],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    charset: 'ascii',
    write: false,
  })
  const text = outputFiles[0]?.text ?? ''
  return `// Made from apps/broker/pages by scripts/generate.ts. Do not edit.\nexport const SCRIPT = ${JSON.stringify(text)}\n`
}
