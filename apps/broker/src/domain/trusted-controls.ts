import type { Controls } from './config.ts'
import type { ConfigSnapshot } from './snapshot.ts'

const NONE: Controls = { name: 'controls', freezes: [] }

/**
 * What is frozen, to build on. Where the stored row was changed by hand, put back or is gone, everything is frozen until
 * an operator says what may go on; an older row of ours can only add to that (I13), and lets nobody go beyond policy.
 */
export function trustedControls(snapshot: ConfigSnapshot, now: Date): Controls {
  const stored = snapshot.stored('controls', 'controls')
  if (stored?.intact) return stored.row
  const { breakGlass: _, ...sealed } = stored?.mac === undefined ? NONE : stored.row
  const others = sealed.freezes.filter(({ target }) => target !== 'all')
  const reason = 'The list of freezes was changed by hand'
  return {
    ...sealed,
    name: 'controls',
    freezes: [...others, { target: 'all', by: 'broker', at: now.toISOString(), reason }],
  }
}
