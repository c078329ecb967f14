import { openCheckpoint } from '@credbroker/core/audit/checkpoint'
import type { NoteVerifier } from '@credbroker/core/audit/note'
import { trustedControls } from '../../domain/trusted-controls.ts'
import type { StoredCheckpoint } from '../../ports/audit.ts'
import type { Clock } from '../../ports/clock.ts'
import { RESTORED } from '../../ports/deployment.ts'
import type { Log } from '../../ports/log.ts'
import { checkRollback } from '../audit/check-rollback.ts'
import { markOf, stillHeld } from '../audit/forsaken-checkpoints.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { UseCases } from '../use-cases.ts'
import { markApprover } from './mark-approver.ts'

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
  const { config } = cases.parts
  const counting = await expectVouched(config, cases.world.clock, { held, keys })
  const rollback = await checkRollback({ tree, checkpoints }, { held: counting, keys })
  const { snapshot } = await config.refresh()
  if (!snapshot.manifest) reasons.push('the manifest of the configuration is not ours, or an older one')
  if (rollback.state !== 'consistent') reasons.push(`audit log: ${rollback.state}`)
  const restored = timeline.stored === RESTORED
  if (restored) reasons.push('restored from a backup')
  else if (
    timeline.stored !== undefined &&
    timeline.found !== undefined &&
    timeline.stored !== timeline.found
  )
    reasons.push('another PostgreSQL timeline: a fail-over or a restore')
  if (reasons.length > 0) {
    log.error({ reasons }, 'booting frozen; look at it, then run `broker unfreeze --all`')
    const mark = rollback.state === 'consistent' ? undefined : markOf(held)
    await cases.freezeAll(reasons.join('; '), mark)
    if (restored || timeline.found !== undefined) await deployment.keepTimeline(timeline.found)
  } else await markApprover({ ...cases.parts, macs: cases.world.keyring.macs })
  return rollback.state === 'consistent' ? rollback.newest : undefined
}

/** A manifest older than checkpoints from outside vouch for lets nothing count. Answers the checkpoints that still matter. */
export async function expectVouched(
  config: LiveConfig,
  clock: Clock,
  { held, keys }: Pick<BootFacts, 'held' | 'keys'>,
): Promise<readonly string[]> {
  const { forsaken = [] } = trustedControls((await config.refresh()).snapshot, clock.now())
  const counting = stillHeld(held, forsaken)
  config.expectManifest(signedManifest(counting, keys))
  return counting
}

/** The newest manifest that a checkpoint from outside vouches for; 0 where none does. */
function signedManifest(held: readonly string[], keys: readonly NoteVerifier[]): number {
  const opened = held.map((note) => openCheckpoint(note, keys))
  return Math.max(0, ...opened.map((one) => (one.ok ? (one.checkpoint.config ?? 0) : 0)))
}
