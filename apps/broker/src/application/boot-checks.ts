import type { NoteVerifier } from '@credbroker/core/audit/note'
import { trustedControls } from '../domain/trusted-controls.ts'
import type { StoredCheckpoint } from '../ports/audit.ts'
import type { Log } from '../ports/log.ts'
import { checkRollback } from './check-rollback.ts'
import { markOf, stillHeld } from './forsaken-checkpoints.ts'
import type { UseCases } from './use-cases.ts'

export interface BootFacts {
  readonly cases: UseCases
  /** Checkpoints kept outside the database. */
  readonly held: readonly string[]
  /** Every key the log was ever signed with. */
  readonly keys: readonly NoteVerifier[]
  readonly timeline: { readonly stored: number | undefined; readonly found: number | undefined }
  readonly log: Log
}

/**
 * Is this the database that was left, or an older or another one? A restored, rolled-back or failed-over one boots
 * frozen, with its grants ended (I13). Answers the newest checkpoint known from outside.
 */
export async function bootChecks({
  cases,
  held,
  keys,
  timeline,
  log,
}: BootFacts): Promise<StoredCheckpoint | undefined> {
  const { tree, checkpoints, deployment } = cases.world.stores
  const reasons: string[] = []
  const { snapshot } = await cases.parts.config.refresh()
  const { forsaken = [] } = trustedControls(snapshot, cases.world.clock.now())
  const rollback = await checkRollback({ tree, checkpoints }, { held: stillHeld(held, forsaken), keys })
  if (rollback.state !== 'consistent') reasons.push(`audit log: ${rollback.state}`)
  if (timeline.stored !== undefined && timeline.found !== undefined && timeline.stored !== timeline.found) {
    reasons.push('another PostgreSQL timeline: a fail-over or a restore')
  }
  for (const { table, key: row } of snapshot.tampered())
    log.error({ table, row }, 'a row does not carry our seal and will not be used')
  if (reasons.length > 0) {
    log.error({ reasons }, 'booting frozen; look at it, then run `broker unfreeze --all`')
    const mark = rollback.state === 'consistent' ? undefined : markOf(held)
    await cases.freezeAll(reasons.join('; '), mark)
    if (timeline.found !== undefined) await deployment.keepTimeline(timeline.found)
  }
  return rollback.state === 'consistent' ? rollback.newest : undefined
}
