import type { AuditRecord } from '@credbroker/core/audit/event'
import { BrokerError } from '@credbroker/core/errors'
import type { BreakGlass } from '../../domain/config.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ConfigWriter } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Log } from '../../ports/log.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { EndGroundless } from '../tasks/end-groundless.ts'
import type { Config, LiveConfig } from './live-config.ts'
import { putRow } from './row-writes.ts'

export interface BreakGlassDeps {
  readonly config: LiveConfig
  readonly store: ConfigWriter
  readonly macs: Macs
  readonly record: Recorder
  readonly endGroundless: EndGroundless
  readonly clock: Clock
  readonly log: Log
}

export interface BreakGlassChange {
  readonly broken: readonly BreakGlass[]
  readonly events: readonly AuditRecord[]
}

const ATTEMPTS = 5

/**
 * Writes what `edit` makes of the newest list, together with its events; nothing where it answers undefined. Where the row
 * is not what was written last, nothing is built on it: everything is denied until somebody has looked (I13).
 * @throws BrokerError as `edit` does; `tampered`, `conflict`
 */
export async function changeBreakGlass(
  { config, store, macs }: Pick<BreakGlassDeps, 'config' | 'store' | 'macs'>,
  edit: (current: Config, held: readonly BreakGlass[]) => BreakGlassChange | undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const current = await config.refresh()
    const controls = current.snapshot.controls()
    const change = edit(current, controls.breakGlass ?? [])
    if (!change) return
    const rows = [putRow(macs, 'controls', { ...controls, breakGlass: change.broken })]
    try {
      await store.write({ expectedVersion: current.snapshot.version, rows, events: change.events })
      await config.refresh()
      return
    } catch (error) {
      if (!(error instanceof BrokerError && error.code === 'conflict') || attempt === ATTEMPTS) throw error
    }
  }
}

/** What an event says of it. */
export const aboutGlass = ({ id, environment, agent, by, endsAt }: BreakGlass) => ({
  phase: 'event' as const,
  result: 'ok' as const,
  environment,
  sub: by,
  facts: { breakGlass: id, name: agent, expiresAt: endsAt },
})
