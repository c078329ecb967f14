import { z } from 'zod'

/** GitHub knows no other life of a token. */
export const SECONDS = 3600
/** A mint whose answer was lost has made its token by then. */
export const SETTLE_SECONDS = 60

/** Ending a token takes the token itself, and goes to where it came from, whatever the root says by then. */
export const handle = z.strictObject({
  token: z.string().regex(/^[!-~]{20,4096}$/),
  until: z.iso.datetime({ precision: 3 }),
  origin: z.string().max(300),
})
export type GithubHandle = z.infer<typeof handle>
