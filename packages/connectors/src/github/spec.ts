import type { Json } from '@credbroker/core/canonical-json'
import { z } from 'zod'
import { NAMES, permissionsOf } from './operations.ts'

export const isRepositoryId = (text: string): boolean => /^[1-9][0-9]{0,14}$/.test(text)

const repository = z
  .string()
  .refine(
    (text) =>
      isRepositoryId(text) ||
      (/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/.test(text) && !/\/\.{1,2}$/.test(text)),
    'an id, `123456`, or a name, `acme/shop`',
  )

export const spec = z.strictObject({
  repositories: z.array(repository).min(1).max(100),
  /** Which operations of the catalogue may be called: `pulls/create`, `createPullRequest`. */
  operations: z
    .array(z.enum(NAMES as [string, ...string[]]))
    .min(1)
    .max(NAMES.length),
})
export type GithubSpec = z.infer<typeof spec>

/** Whether a name, in lower case, may be one of the scope’s. Behind a number there can be any. */
export function isOfScope(repository: string, { repositories }: GithubSpec): boolean {
  const named = repositories.filter((each) => !isRepositoryId(each)).map((each) => each.toLowerCase())
  return named.includes(repository) || named.length < repositories.length
}

/** What the token behind the calls must be able to do, and no more. */
export function allowFor({ repositories, operations }: GithubSpec): Json {
  const permissions: Record<string, 'read' | 'write'> = { metadata: 'read' }
  for (const name of operations)
    for (const [permission, level] of Object.entries(permissionsOf(name)))
      if (permissions[permission] !== 'write') permissions[permission] = level
  return { repositories, permissions }
}
