import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const sdk = join(import.meta.dirname, '..')
const root = join(sdk, '../..')
const tsc = join(root, 'node_modules/.bin/tsc')

/** Each document is one program: a block may use what an earlier one declared. */
function program(document: string): string {
  const blocks = [...readFileSync(document, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    ([, code]) => code ?? '',
  )
  expect(blocks.length).toBeGreaterThan(0)
  const lines = blocks.join('\n').split('\n')
  const imports = new Set(lines.filter((line) => line.startsWith('import ')))
  return [...imports, ...lines.filter((line) => !imports.has(line)), 'export {}'].join('\n')
}

it.each(['README.md', '../../docs/sdk.md'])(
  'the examples of %s compile against the SDK as it is',
  (document) => {
    // Inside the package, so that it resolves itself and the clients the examples use.
    mkdirSync(join(sdk, 'dist'), { recursive: true })
    const scratch = mkdtempSync(join(sdk, 'dist', 'examples-'))
    try {
      writeFileSync(join(scratch, 'example.ts'), program(join(sdk, document)))
      const extended = { extends: join(root, 'tsconfig.json'), compilerOptions: { noUnusedLocals: false } }
      const config = { ...extended, include: ['example.ts'], exclude: [] }
      writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(config))
      let printed = ''
      try {
        execFileSync(tsc, ['-p', scratch], { encoding: 'utf8', stdio: 'pipe' })
      } catch (error) {
        printed = (error as { stdout: string }).stdout
      }
      expect(printed).toBe('')
    } finally {
      rmSync(scratch, { recursive: true })
    }
  },
)
