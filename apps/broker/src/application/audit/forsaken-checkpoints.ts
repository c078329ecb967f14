import { createHash } from 'node:crypto'

/**
 * Checkpoints of a history that a restored database has lost would contradict it for ever. The last one that was there
 * when it booted frozen is remembered under the row's MAC: an operator who lifts the freeze lets go of it and of those
 * before it, and of none that came later (I13).
 */
export const markOf = (held: readonly string[]): string | undefined => {
  const last = held.at(-1)
  return last === undefined ? undefined : digest(last)
}

/** The notes that still count, of those that a sink holds, oldest first. */
export const stillHeld = (held: readonly string[], forsaken: readonly string[]): readonly string[] =>
  held.slice(held.findLastIndex((note) => forsaken.includes(digest(note))) + 1)

const digest = (note: string): string => createHash('sha256').update(note).digest('base64url')
