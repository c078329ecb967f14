import { z } from 'zod'
import { json } from '../names.ts'

const jsonSchema = z.record(z.string(), json)

/** GET /v1/kinds: a kind of provider or connector that this broker has, and what is to be said to it. */
export const kindView = z.strictObject({
  name: z.string(),
  /** A provider mints what a scope asks for; a connector reads calls, which the broker makes itself. */
  is: z.enum(['provider', 'connector']),
  title: z.string(),
  vendor: z.string(),
  /** How an anchor of its vendor is written. */
  anchor: z.string(),
  /** Of what is minted, as clients take it. Absent where nothing is. */
  form: z.string().optional(),
  /** What a root of this kind holds, as JSON Schema. Absent where there are none of its own. */
  root: jsonSchema.optional(),
  /** Nothing in such a root is secret: the vendor trusts the broker. It comes by files. */
  federated: z.boolean(),
  /** Roots of these kinds can be used by it. */
  works_with: z.array(z.string()),
  /** What a scope allows, as JSON Schema. */
  scope: jsonSchema,
  /** Absent where nothing is minted. */
  limits: z
    .strictObject({
      min_ttl_seconds: z.number().int(),
      max_ttl_seconds: z.number().int(),
      /** Whether what it minted can be found again after a crash. */
      findable: z.boolean(),
      /** False: it lives until the broker ends it. */
      ends_by_itself: z.boolean(),
    })
    .optional(),
})
export type KindView = z.infer<typeof kindView>
