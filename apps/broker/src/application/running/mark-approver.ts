import { BrokerError } from '@credbroker/core/errors'
import { approverExists } from '../../domain/approver-exists.ts'
import type { ConfigWriter } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { putRow } from '../config/row-writes.ts'

interface Deps {
  readonly config: LiveConfig
  readonly writer: ConfigWriter
  readonly macs: Macs
}

/** For a database from before manifests said that somebody could approve: any write says it, so the controls are written as they are. */
export async function markApprover({ config, writer, macs }: Deps): Promise<void> {
  const { snapshot } = await config.refresh()
  if (!snapshot.manifest || snapshot.manifest.hadApprover || !approverExists(snapshot)) return
  const controls = snapshot.stored('controls', 'controls')
  if (!controls?.intact) return
  const rows = [putRow(macs, 'controls', controls.row)]
  // Another replica may be first; it writes the same.
  await writer.write({ expectedVersion: snapshot.version, rows, events: [] }).catch((error) => {
    if (!(error instanceof BrokerError && error.code === 'conflict')) throw error
  })
  await config.refresh()
}
