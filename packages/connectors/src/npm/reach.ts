import { BrokerError } from '@credbroker/core/errors'
import { z } from 'zod'
import type { Reach } from '../connector.ts'
import type { UpstreamReader } from '../request.ts'
import type { NpmRoot } from './root.ts'

const whoami = z.object({ username: z.string().min(1).max(256) })

/** A registry says whose a token is, and not what it may do: so it counts for everything there. */
export async function npmReach(_root: NpmRoot, reader: UpstreamReader): Promise<Reach> {
  const { status, body } = await reader.read(
    { method: 'GET', target: '/-/whoami', headers: { accept: 'application/json' } },
    { fresh: true },
  )
  if (status !== 200) throw new BrokerError('vendor_refused', { detail: `/-/whoami answered ${status}` })
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {}
  const found = whoami.safeParse(answer)
  if (!found.success) throw new BrokerError('vendor_refused', { detail: '/-/whoami named nobody' })
  return {
    reach: [reader.host],
    complete: true,
    identity: found.data.username,
    findings: [
      {
        level: 'advice',
        code: 'reach-unknown',
        message: `${reader.host} cannot say which packages this token may write, so it counts for all of them. Use a granular token for the packages of one environment, with “read and write (stage only)” where that suffices.`,
      },
    ],
  }
}
