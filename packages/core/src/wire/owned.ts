import { z } from 'zod'

/** Of an object that is not there: what is put under it has to be new. */
export const NO_REVISION = 'none'

/** What every object of the configuration says of itself. */
export const owned = {
  source: z.enum(['files', 'api']),
  disabled: z.boolean(),
  tampered: z.boolean(),
  /** Of what people say of this object: what a change of it sends as `expected_revision`. */
  revision: z.string(),
}
