import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const repository = join(import.meta.dirname, '../../../../..')

/** Our own source files that ship, as [path, text]. */
function sources(): [string, string][] {
  return ['apps', 'packages'].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => join(folder, path))
      .filter(
        (path) =>
          /\/src\/.*\.tsx?$/.test(path) && !path.includes('node_modules') && !path.endsWith('.test.ts'),
      )
      .map((path): [string, string] => [path, readFileSync(join(repository, path), 'utf8')]),
  )
}

it('one file verifies our tokens and one those of others: nothing else names their types, or calls a library that verifies', () => {
  const marks =
    /'(?:at\+jwt|dpop\+jwt)'\s*(?:\)|&&|\|\|)|\bjwtVerify\b|\bcompactVerify\b|\bjwtDecrypt\b|hono\/jwt|jsonwebtoken/
  const verifying = sources().filter(([, text]) => marks.test(text))
  expect(verifying.map(([path]) => path).sort()).toEqual([
    'apps/broker/src/adapters/identity/foreign-tokens.ts',
    'apps/broker/src/adapters/tokens/verify.ts',
  ])
})
