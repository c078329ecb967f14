import { randomFillSync } from 'node:crypto'
import type { FillRandom } from '@credbroker/core/ids'

/** The part of `fetch` that the SDK uses; `globalThis.fetch` is one. It must not follow redirects. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly redirect: 'error'
    readonly signal: AbortSignal
    readonly body?: string
  },
) => Promise<{
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}>

/** The whole of `fetch`: an answer of a vendor is streamed, and its redirect is an answer, too. */
export type Open = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly redirect: 'manual'
    readonly signal: AbortSignal | null
    readonly body: Uint8Array<ArrayBuffer> | null
  },
) => Promise<Response>

/** What the SDK uses of the outside world, so that tests and other runtimes pass their own. */
export interface Io {
  readonly fetch: Fetch
  /** For calls through the gateway. */
  readonly open: Open
  readonly now: () => Date
  /** Fills the bytes with random ones and returns them. */
  readonly random: FillRandom
  /** Runs something later without keeping the process alive for it; calling the answer cancels it. */
  readonly after: (milliseconds: number, run: () => void) => () => void
  /** A pause that somebody waits for: unlike {@link Io.after} it keeps the process alive. */
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** The longest delay a Node timer takes; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

export const systemIo: Io = {
  // Late bound: undici is loaded at the first call, and never where another fetch is passed.
  fetch: (url, init) => globalThis.fetch(url, init),
  open: (url, init) => globalThis.fetch(url, init),
  now: () => new Date(),
  random: (bytes) => randomFillSync(bytes),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, Math.min(Math.max(0, milliseconds), LONGEST_TIMER))
    timer.unref()
    return () => clearTimeout(timer)
  },
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/** A uniform number in [0, 1). */
export function randomFraction(random: Io['random']): number {
  const bytes = random(new Uint8Array(4))
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32
}
