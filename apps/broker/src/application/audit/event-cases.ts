import type { EventMessage } from '@credbroker/core/wire/events'
import type { Stores } from '../../ports/stores.ts'
import { eventMessages } from './event-messages.ts'
import { LogGrowth, type Pause } from './log-growth.ts'
import { Seats } from './seats.ts'
import { sharedPages } from './shared-pages.ts'

type EventDeps = Pick<Stores, 'auditReader' | 'tree'>

/** Those who follow the log as it grows. */
export function eventCases({ auditReader, tree }: EventDeps, pause: Pause = pauseFor) {
  const size = async () => (await tree.head()).size
  const reader = sharedPages(auditReader)
  const growth = new LogGrowth(size, pause)
  const seats = new Seats()
  const closing = new AbortController()
  return {
    /** How many entries there are: where somebody who wants what is new begins. */
    size,
    /** From this index on, until the signal aborts or the broker stops. @throws BrokerError `too_many` */
    follow(person: string, from: number, signal: AbortSignal): AsyncGenerator<EventMessage, void, void> {
      const leave = seats.take(person)
      const over = AbortSignal.any([signal, closing.signal])
      over.addEventListener('abort', leave, { once: true })
      return eventMessages({ reader, growth }, from, over)
    },
    stop: () => closing.abort(),
  }
}

const pauseFor: Pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
