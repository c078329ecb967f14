import type { Controls } from './config.ts'
import type { ConfigSnapshot } from './snapshot.ts'

/**
 * What is frozen and which policies count, to build on. Where the stored row was changed by hand or is gone, everything
 * is frozen and no policy counts: whoever applies next says which do, and an operator what may go on (I13).
 */
export function trustedControls(snapshot: ConfigSnapshot, now: Date): Controls {
  if (snapshot.stored('controls', 'controls')?.intact) return snapshot.controls()
  const reason = 'The list of freezes was changed by hand'
  return {
    name: 'controls',
    policies: {},
    freezes: [{ target: 'all', by: 'broker', at: now.toISOString(), reason }],
  }
}
