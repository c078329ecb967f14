import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const here = join(import.meta.dirname, '..')
const read = (...path: string[]): string => readFileSync(join(here, ...path), 'utf8')

/** Where the generated text belongs, from the root of the checkout. */
export const POLICY_TEXTS_PATH = 'packages/policy/src/texts.gen.ts'

/** The schema and the guardrails as a module, so that they are part of every bundle and need no file at run time. */
export function generatePolicyTexts(): string {
  const guardrails = readdirSync(join(here, 'guardrails'))
    .filter((file) => file.endsWith('.cedar'))
    .sort()
    .map((file) => ({ name: `guardrails/${file}`, text: read('guardrails', file) }))
  return [
    '// Generated from schema.cedarschema and guardrails/ by packages/policy/scripts/generate.ts. Do not edit.',
    `export const SCHEMA: string = ${JSON.stringify(read('src', 'schema.cedarschema'))}`,
    `export const GUARDRAILS: readonly { readonly name: string; readonly text: string }[] = ${JSON.stringify(guardrails, null, 2)}`,
    '',
  ].join('\n\n')
}
