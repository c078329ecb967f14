import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CLI_DOC_PATH, generateCliDoc } from '../packages/cli/scripts/cli-doc.ts'
import { CONFIG_SCHEMA_PATH, generateConfigSchema } from '../packages/cli/scripts/config-schema.ts'
import { CATALOGUE_PATH, generateCatalogue } from '../packages/connectors/scripts/catalogue.ts'
import { generateRailwayReport, RAILWAY_REPORT_PATH } from '../packages/connectors/scripts/railway-report.ts'
import { generatePolicyTexts, POLICY_TEXTS_PATH } from '../packages/policy/scripts/generate.ts'
import { ERRORS_DOC_PATH, generateErrorsDoc } from './errors-doc.ts'
import { generateConnectorRegistry, generateProviderRegistry } from './registry.ts'

// Writes every file that is made from another one. `--check` writes nothing and fails where one is out of step.

const root = join(import.meta.dirname, '..')

const files: readonly (readonly [path: string, generate: () => string])[] = [
  ['packages/providers/src/registry.gen.ts', generateProviderRegistry],
  ['packages/connectors/src/registry.gen.ts', generateConnectorRegistry],
  [CATALOGUE_PATH, generateCatalogue],
  [POLICY_TEXTS_PATH, generatePolicyTexts],
  [CONFIG_SCHEMA_PATH, generateConfigSchema],
  [RAILWAY_REPORT_PATH, generateRailwayReport],
  [ERRORS_DOC_PATH, generateErrorsDoc],
  [CLI_DOC_PATH, generateCliDoc],
]

const stale = files.filter(([path, generate]) => {
  const target = join(root, path)
  const text = formatted(path, generate())
  if (existsSync(target) && readFileSync(target, 'utf8') === text) return false
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  }
  return true
})

for (const [path] of stale)
  process.stderr.write(
    process.argv.includes('--check') ? `out of step: ${path} (run: npm run generate)\n` : `wrote ${path}\n`,
  )
if (process.argv.includes('--check') && stale.length > 0) process.exitCode = 1

/** JSON is laid out as `npm run format` would, so that the two never argue. */
function formatted(path: string, text: string): string {
  if (!path.endsWith('.json')) return text
  const biome = join(root, 'node_modules', '.bin', 'biome')
  return execFileSync(biome, ['format', `--stdin-file-path=${path}`], {
    input: text,
    encoding: 'utf8',
    cwd: root,
  })
}
