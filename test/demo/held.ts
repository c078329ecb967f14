import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a process that holds a session open has written about it. */
export interface Held {
  readonly event: 'holding' | 'cut' | 'came back' | 'kept out' | 'over'
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly pid: number
  readonly code?: string
}

export async function heldIn(file: string): Promise<Held[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Held)
}

/** @returns what was written by then, whether the event has come or not */
export async function untilHeld(file: string, event: Held['event'], seconds: number): Promise<Held[]> {
  for (const end = Date.now() + seconds * 1000; ; await sleep(50)) {
    const events = await heldIn(file)
    if (Date.now() > end || events.some((one) => one.event === event)) return events
  }
}
