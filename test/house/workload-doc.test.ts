import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configDocument } from '@credbroker/core/config/document'
import { expect, it } from 'vitest'
import { trustProblems } from '../../apps/broker/src/domain/trust-config-rules.ts'
import { parseYaml } from '../../packages/cli/src/config/parse-yaml.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/workload-identity.md'), 'utf8')
const examples = [...page.matchAll(/```yaml\n(version: 1\n[^`]*)```/g)].map(([, text]) => text ?? '')

it('the page has an example for each platform', () => {
  expect(examples).toHaveLength(5)
})

it.each(examples)('an example of it is a configuration without a fault: %#', (text) => {
  expect(trustProblems(configDocument.parse(parseYaml(text, 'workload-identity.md').value))).toEqual([])
})
