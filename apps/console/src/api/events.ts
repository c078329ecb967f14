import type { QueryClient } from '@tanstack/react-query'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { send } from './call.ts'
import { token } from './session.ts'

export type Connection = 'connecting' | 'live' | 'lost'

/** What an event makes stale, by the first word of its type. */
const STALE: Readonly<Record<string, readonly string[]>> = {
  task: ['/v1/tasks', '/v1/grants', '/v1/leases', '/v1/reports'],
  grant: ['/v1/tasks', '/v1/grants', '/v1/approvals', '/v1/reports'],
  lease: ['/v1/leases', '/v1/reports'],
  gateway: ['/v1/reports'],
  approval: ['/v1/approvals', '/v1/grants', '/v1/reports'],
  freeze: ['/v1/freeze', '/v1/tasks', '/v1/grants', '/v1/leases', '/v1/reports'],
  'break-glass': ['/v1/break-glass', '/v1/environments', '/v1/reports', '/v1/whoami'],
  passkey: ['/v1/passkeys'],
  session: ['/v1/sessions'],
}
/** Of the configuration, which every other event may be about. */
const OTHERWISE = [
  '/v1/agents',
  '/v1/environments',
  '/v1/issuers',
  '/v1/policies',
  '/v1/reports',
  '/v1/roots',
  '/v1/scopes',
  '/v1/teams',
  '/v1/users',
  '/v1/whoami',
]

const staleBy = (type: string): readonly string[] => STALE[type.split('.')[0] ?? ''] ?? OTHERWISE

/** What is gathered before anything is read anew: a busy broker must not make the page read all the time. */
const GATHER_MS = 400
const AGAIN_MS = 2000

/**
 * Follows `/v1/events` and marks what it is about as stale, until told to stop. A lost connection is taken up again where it
 * broke off.
 */
export function followEvents(client: QueryClient, onConnection: (state: Connection) => void): () => void {
  const stop = new AbortController()
  let last: string | undefined
  const stale = new Set<string>(['/v1/audit'])
  let timer: ReturnType<typeof setTimeout> | undefined
  // The next reading waits for the one before: many pages of a list take longer than the next event.
  let reading: Promise<unknown> = Promise.resolve()
  const refresh = async () => {
    await reading
    timer = undefined
    const collections = [...stale]
    stale.clear()
    reading = Promise.allSettled(
      collections.map((collection) =>
        client.invalidateQueries({ queryKey: [collection], refetchType: 'active' }),
      ),
    )
  }
  const heard = (type: string) => {
    for (const collection of [...staleBy(type), '/v1/audit', '/v1/receipts']) stale.add(collection)
    timer ??= setTimeout(() => void refresh(), GATHER_MS)
  }
  const follow = async () => {
    const from = last === undefined ? '' : `?from=${Number(last) + 1}`
    const response = await send(`/v1/events${from}`, { signal: stop.signal })
    if (!response.ok || !response.body) throw new Error('no events')
    onConnection('live')
    const events = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
    for await (const { id, event } of iterate(events)) {
      last = id ?? last
      heard(event ?? '')
    }
  }
  const keepFollowing = async () => {
    while (!stop.signal.aborted && token() !== null) {
      await follow().catch(() => undefined)
      if (stop.signal.aborted) return
      onConnection('lost')
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      // Whatever happened meanwhile is not known before it is read.
      if (last === undefined) void client.invalidateQueries({ refetchType: 'active' })
    }
  }
  void keepFollowing()
  return () => {
    stop.abort()
    clearTimeout(timer)
  }
}

async function* iterate<Item>(stream: ReadableStream<Item>): AsyncGenerator<Item> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
