import { z } from 'zod'

/** What every object of the configuration says of itself. */
export const owned = {
  source: z.enum(['files', 'api']),
  disabled: z.boolean(),
  tampered: z.boolean(),
  /** The configuration's version that this is from: what a change of it sends as `expected_version`. */
  config_version: z.number().int(),
}
