import { z } from 'zod'

/** GET /v1/integrity: rows of the configuration that somebody else changed, put back or removed. None of them is used. */
export const integrityView = z.strictObject({
  items: z.array(
    z.strictObject({
      table: z.string(),
      /** The row's key: of an anchor, vendor and id as well as environment. */
      name: z.string(),
      gone: z.boolean(),
    }),
  ),
})
