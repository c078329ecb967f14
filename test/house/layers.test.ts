import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkLayers, type Layers } from '../../scripts/layers.ts'

const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  forbidden: { name: string }[]
}

/** For each rule: a file that breaks it, and what it imports to do so. */
const breaches: readonly (readonly [rule: string, from: string, specifier: string])[] = [
  ['no-cycles', 'packages/core/src/round.ts', './about.ts'],
  ['every-import-is-found', 'packages/core/src/lost.ts', './nowhere.ts'],
  ['core-imports-nothing', 'packages/core/src/curious.ts', '../../policy/src/decide.ts'],
  ['policy-is-pure', 'packages/policy/src/reader.ts', 'node:fs/promises'],
  ['policy-is-pure', 'packages/policy/src/outward.ts', '../../sdk/src/broker.ts'],
  ['providers-know-only-core', 'packages/providers/src/nosy.ts', '../../policy/src/decide.ts'],
  ['connectors-are-pure', 'packages/connectors/src/dialling.ts', 'node:https'],
  ['connectors-are-pure', 'packages/connectors/src/outward.ts', '../../policy/src/decide.ts'],
  ['kinds-do-not-know-each-other', 'packages/providers/src/kinds/a.ts', './b.ts'],
  ['kinds-do-not-know-each-other', 'packages/providers/src/kinds/a/mint.ts', '../b/mint.ts'],
  ['sdk-knows-only-core', 'packages/sdk/src/heavy.ts', '../../providers/src/guard.ts'],
  ['console-knows-only-sdk', 'apps/console/src/page.ts', '../../../packages/policy/src/decide.ts'],
  ['cli-loads-the-server-lazily', 'packages/cli/src/slow.ts', '../../../apps/broker/src/main.ts'],
  ['core-of-the-broker-faces-inwards', 'apps/broker/src/domain/out.ts', '../ports/store.ts'],
  ['ports-are-types', 'apps/broker/src/ports/up.ts', '../application/verb.ts'],
  ['application-never-sees-adapters', 'apps/broker/src/application/down.ts', '../adapters/clock.ts'],
  [
    'application-never-sees-adapters',
    'apps/broker/src/application/kind.ts',
    '../../../../packages/providers/src/kinds/b.ts',
  ],
  ['the-middle-does-no-io', 'apps/broker/src/application/disk.ts', 'node:fs'],
  ['adapters-do-not-call-upwards', 'apps/broker/src/adapters/up.ts', '../application/verb.ts'],
  ['http-never-sees-adapters', 'apps/broker/src/http/short-cut.ts', '../adapters/clock.ts'],
  ['drizzle-stays-in-its-adapter', 'apps/broker/src/application/query.ts', 'postgres'],
  ['only-the-root-wires', 'apps/broker/src/second-root.ts', './adapters/clock.ts'],
  ['no-tests-in-products', 'packages/core/src/product.ts', './words.test.ts'],
]

/** What the breaches import. None of these breaks a rule. */
const targets = [
  'packages/core/src/words.test.ts',
  'packages/policy/src/decide.ts',
  'packages/providers/src/guard.ts',
  'packages/providers/src/kinds/b.ts',
  'packages/providers/src/kinds/b/mint.ts',
  'packages/sdk/src/broker.ts',
  'apps/broker/src/main.ts',
  'apps/broker/src/adapters/clock.ts',
  'apps/broker/src/application/verb.ts',
  'apps/broker/src/ports/store.ts',
]

describe('the import rules', () => {
  let root: string
  let found: Layers

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'credbroker-layers-'))
    const write = async (path: string, text: string) => {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
    await write('package.json', '{"type": "module", "dependencies": {"postgres": "*"}}')
    await write('tsconfig.json', '{}')
    await write('node_modules/postgres/package.json', '{"name": "postgres", "main": "index.js"}')
    await write('node_modules/postgres/index.js', 'module.exports = 1')
    for (const path of targets) await write(path, 'export const it = 1\n')
    for (const [, path, specifier] of breaches)
      await write(path, `import type * as other from '${specifier}'\nexport type Other = typeof other\n`)
    await write('packages/core/src/about.ts', "export * from './round.ts'\n")
    // What a comment or a string says is no import.
    await write(
      'packages/core/src/quiet.ts',
      "// import './nowhere.ts'\nexport const text = `import '../../policy/src/decide.ts'`\n",
    )
    found = await checkLayers(root)
  }, 60_000)

  afterAll(() => rm(root, { recursive: true, force: true }))

  it.each(breaches)('%s: reports %s importing %s', (rule, path) => {
    // A cycle is reported at one of its files.
    const about = found.violations.filter(({ from, to }) => from === path || to === path)
    expect(about.map((violation) => violation.rule)).toContain(rule)
  })

  it('report nothing else', () => {
    const guilty = new Set([...breaches.map(([, from]) => from), 'packages/core/src/about.ts'])
    expect(found.violations.filter(({ from }) => !guilty.has(from))).toEqual([])
    expect(found.unread).toEqual([])
  })

  it('are each proven above', () => {
    expect([...new Set(breaches.map(([rule]) => rule))].sort()).toEqual(
      forbidden.map(({ name }) => name).sort(),
    )
  })
})
