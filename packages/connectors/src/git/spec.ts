import { z } from 'zod'
import { isRef, isRefPrefix, isRepository } from './names.ts'

const repository = z.string().max(300).refine(isRepository, '`acme/shop`, without `.git`')

const refs = z
  .string()
  .refine(
    (text) => isRef(text) || (/^refs\/(.+\/)?\*$/.test(text) && isRefPrefix(text.slice(0, -1))),
    'a whole ref, or everything below one: `refs/heads/agent/*`',
  )

export const spec = z.strictObject({
  repositories: z.array(repository).min(1).max(64),
  /** `fetch` lists refs and reads objects, for cloning and pulling; `push` changes refs. */
  operations: z
    .array(z.enum(['fetch', 'push']))
    .min(1)
    .max(2),
  /** Which refs a push may change. */
  refs: z.array(refs).min(1).max(64).default(['refs/heads/*']),
})
export type GitSpec = z.infer<typeof spec>

export const mayPush = ({ refs }: GitSpec, ref: string): boolean =>
  refs.some((each) => (each.endsWith('/*') ? ref.startsWith(each.slice(0, -1)) : each === ref))
