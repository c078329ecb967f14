import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventMessage } from '@credbroker/core/wire/events'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { drained } from '../socket.ts'

export interface EventStream {
  readonly messages: AsyncIterable<EventMessage>
  /** Ends the messages. */
  readonly over: AbortController
  /** Throws where they may not look any more. */
  readonly mayStillLook: () => Promise<void>
}

export interface Pace {
  readonly lookMs: number
  /** Proxies between here and a browser give up what is silent for longer. */
  readonly beatEveryLooks: number
  /** Whoever reads nothing for longer may come again, and goes on where it broke off. */
  readonly patienceLooks: number
}
/** I8: whoever may not look any more is cut within a second. */
const PACE: Pace = { lookMs: 900, beatEveryLooks: 15, patienceLooks: 30 }

const HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  // No proxy may gather or pack what is to arrive now.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
}
const BEAT = ': \n\n'

/** Writes messages as they come and no faster than they are read. Whether that is still allowed is looked at also while nobody reads. */
export async function sendEvents(
  outgoing: ServerResponse,
  stream: EventStream,
  requestId: string,
  pace = PACE,
): Promise<Response> {
  const { messages, over } = stream
  const end = () => over.abort()
  outgoing.on('close', end)
  outgoing.on('error', end)
  if (outgoing.destroyed) end()
  // What waits for a slow reader would be read after the end.
  over.signal.addEventListener('abort', () =>
    outgoing.writableNeedDrain ? outgoing.destroy() : outgoing.end(),
  )
  outgoing.writeHead(200, { ...HEAD, 'x-request-id': requestId })
  outgoing.write(BEAT)
  const watching = watch(outgoing, stream, pace).catch(end)
  try {
    for await (const message of messages) {
      if (over.signal.aborted) break
      if (!outgoing.write(textOf(message))) await drained(outgoing)
    }
  } catch {
    // The database does not answer: they come again.
  } finally {
    end()
    await watching
  }
  return RESPONSE_ALREADY_SENT
}

async function watch(
  outgoing: ServerResponse,
  { over, mayStillLook }: EventStream,
  { lookMs, beatEveryLooks, patienceLooks }: Pace,
): Promise<void> {
  for (let looks = 1, stalled = 0; stalled <= patienceLooks; looks += 1) {
    await sleep(lookMs, undefined, { signal: over.signal })
    await mayStillLook()
    stalled = outgoing.writableNeedDrain ? stalled + 1 : 0
    if (stalled === 0 && looks % beatEveryLooks === 0 && !over.signal.aborted) outgoing.write(BEAT)
  }
  over.abort()
}

/** No field holds a line break: JSON has none, and types are ours. */
const textOf = (message: EventMessage): string =>
  `id: ${message.index}\nevent: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`
