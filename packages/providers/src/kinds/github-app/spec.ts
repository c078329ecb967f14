import { z } from 'zod'
import { PERMISSIONS, type PermissionName, permissionOf } from './permissions.ts'
import { isRepositoryId, isRepositoryName, sameName } from './repository.ts'

const repository = z
  .string()
  .refine((text) => isRepositoryId(text) || isRepositoryName(text), 'an id, `123456`, or a name, `acme/shop`')

const names = Object.keys(PERMISSIONS) as [PermissionName, ...PermissionName[]]

/** What a token may do, and where. GitHub takes what is left out for everything, so nothing may be. */
export const spec = z.strictObject({
  repositories: z
    .array(repository)
    .min(1)
    .max(100)
    .refine(
      (list) => list.every((one, at) => !list.slice(0, at).some((other) => sameName(one, other))),
      'each once',
    )
    .refine((list) => {
      const owners = list
        .filter((each) => each.includes('/'))
        .map((each) => each.split('/')[0]?.toLowerCase())
      return new Set(owners).size <= 1
    }, 'repositories of one owner: an installation has no other'),
  permissions: z
    .partialRecord(z.enum(names), z.enum(['read', 'write']))
    .refine((asked) => Object.keys(asked).length > 0, 'at least one')
    .superRefine((asked, ctx) => {
      for (const [name, level] of Object.entries(asked))
        if (permissionOf(name)?.[level] === undefined)
          ctx.addIssue({
            code: 'custom',
            path: [name],
            message:
              level === 'write'
                ? 'can be read only: who writes it outlives the token'
                : 'can be written only',
          })
    }),
})
export type GithubSpec = z.infer<typeof spec>
