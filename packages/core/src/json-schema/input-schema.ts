import { z } from 'zod'
import type { json } from '../names.ts'

export type JsonSchema = Record<string, z.infer<typeof json>>

/** What goes in, before anything is filled in or turned into something else. Rules that no schema can say are missing from it. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return JSON.parse(JSON.stringify(rest)) as JsonSchema
}
