import { z } from 'zod'
import { CATALOGUE, openEntryOf } from './catalogue.ts'

/** Railway's ids are UUIDs; what is compared is their one spelling. */
export const railwayId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a Railway id (UUID)')

const open = Object.keys(CATALOGUE).filter((name) => openEntryOf(name) !== undefined)

export const spec = z.strictObject({
  /** Where to look for what an id alone does not place, such as a volume. What is in none of them is unresolved. */
  projects: z.array(railwayId).min(1).max(16),
  /** Which operations of the catalogue may be called: `volumeDelete`, `query.variables`. */
  operations: z
    .array(z.enum(open as [string, ...string[]]))
    .min(1)
    .max(open.length),
})
export type RailwaySpec = z.infer<typeof spec>
