import { type SchemaNode, schemaShape } from '@credbroker/core/json-schema/shape'
import { z } from 'zod'

/** A schema as a reader of JSON wants it. */
export const shapeOf = (schema: z.ZodType): string =>
  schemaShape(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as SchemaNode)
