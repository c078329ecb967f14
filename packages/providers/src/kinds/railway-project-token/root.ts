import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'

/** Railway's ids are UUIDs; what is compared is their one spelling. */
export const railwayId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a Railway id (UUID)')

export const isAnchor = (anchor: string): boolean => {
  const ids = anchor.split('/')
  return ids.length <= 2 && ids.every((id) => railwayId.safeParse(id).success)
}

/** A token of a workspace: it makes tokens for each environment of each project there. */
export const root = z.strictObject({
  token: z
    .string()
    .regex(/^[!-~]{8,512}$/, 'a Railway token')
    .transform((value) => new Secret(value)),
  origin: z
    .string()
    .max(300)
    .refine((text) => {
      const url = URL.parse(text)
      return url?.origin === text && /^https?:$/.test(url.protocol)
    }, '`https://host`, nothing after it')
    .default('https://backboard.railway.com'),
})
export type RailwayRoot = z.infer<typeof root>

/** As the scopes of the connector have it. A token of Railway's knows no operations: they are decided upon call by call. */
export const spec = z.strictObject({
  projects: z.array(railwayId).min(1).max(16),
  operations: z
    .array(z.string().max(100))
    .max(1000)
    .default(() => []),
})
export type RailwaySpec = z.infer<typeof spec>

/** Where the token was made. It is found there by its name. */
export const handle = z.strictObject({ project: railwayId })
export type RailwayHandle = z.infer<typeof handle>
