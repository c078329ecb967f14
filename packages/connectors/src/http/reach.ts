import type { Reach } from '../connector.ts'
import type { UpstreamReader } from '../request.ts'

/** An interface of which we know nothing has no way to say what a key reaches, so it is all of its host. */
export const hostReach = async (_root: unknown, reader: UpstreamReader): Promise<Reach> => ({
  reach: [reader.host],
  complete: true,
  identity: reader.host,
  findings: [
    {
      level: 'advice',
      code: 'reach-unknown',
      message: `${reader.host} cannot say what this key reaches, so it counts for all of the host. Use a key that the vendor has narrowed.`,
    },
  ],
})
