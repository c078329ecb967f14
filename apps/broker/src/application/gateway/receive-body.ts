import { LIMITS } from '@credbroker/core/limits'
import type { CallDeps } from './call-deps.ts'
import type { HeldBody } from './held-bodies.ts'
import { againWith, grantsOf, type LiveCall } from './live-call.ts'
import { whileItLives } from './while-it-lives.ts'

/** Reads a body, and nothing of it that the limits do not let in. @throws BrokerError `body_too_large`, `invalid_request` */
export type ReadBody = (limits: {
  readonly most: number
  /** Told of bytes before they are held. @throws BrokerError */
  readonly take: (bytes: number) => void
  /** Aborted with the reason why nobody waits for it any more. */
  readonly signal: AbortSignal
}) => Promise<Uint8Array>

const NOTHING = new Uint8Array()

/**
 * What the client sends with a call whose task and grant live. It may take its time, so that what it stands on is watched
 * meanwhile as for an answer on its way (I8), and the configuration is the newest known one afterwards.
 * @throws BrokerError as reading does; `task_ended`, `budget_exceeded`, `conflict`
 */
export async function receiveBody(
  { config, connectors, open }: Pick<CallDeps, 'config' | 'connectors' | 'open'>,
  live: LiveCall,
  { read, held, signal }: { read: ReadBody | undefined; held: HeldBody; signal: AbortSignal },
): Promise<{ readonly body: Uint8Array; readonly live: LiveCall }> {
  if (!read) return { body: NOTHING, live }
  const most = connectors.known.get(live.connector)?.bodyBytes ?? LIMITS.bodyBytes
  const body = await whileItLives(open, grantsOf(live), signal, (cut) =>
    read({ most, take: held.take, signal: cut }),
  )
  const now = await config.current()
  const moved = now.snapshot.version !== live.config.snapshot.version
  return { body, live: moved ? againWith(now, live) : live }
}
