import type { Json } from '@credbroker/core/canonical-json'
import { z } from 'zod'
import { ENTRIES, entryOf } from './catalogue.ts'

export const isRepositoryId = (text: string): boolean => /^[1-9][0-9]{0,14}$/.test(text)

const repository = z
  .string()
  .refine(
    (text) =>
      isRepositoryId(text) ||
      (/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/.test(text) && !/\/\.{1,2}$/.test(text)),
    'an id, `123456`, or a name, `acme/shop`',
  )

const names = ENTRIES.map(({ name }) => name) as [string, ...string[]]

export const spec = z.strictObject({
  repositories: z.array(repository).min(1).max(100),
  /** Which operations of the catalogue may be called: `pulls/create`. */
  operations: z.array(z.enum(names)).min(1).max(names.length),
})
export type GithubSpec = z.infer<typeof spec>

/** What the token behind the calls must be able to do, and no more. */
export function allowFor({ repositories, operations }: GithubSpec): Json {
  const permissions: Record<string, 'read' | 'write'> = { metadata: 'read' }
  for (const name of operations)
    for (const [permission, level] of Object.entries(entryOf(name)?.permissions ?? {}))
      if (permissions[permission] !== 'write') permissions[permission] = level
  return { repositories, permissions }
}
