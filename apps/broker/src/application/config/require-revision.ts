import { BrokerError } from '@credbroker/core/errors'
import { NO_REVISION } from '@credbroker/core/wire/owned'
import { revisionOf } from '../../domain/revision.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

/** So that a page which was opened long ago overwrites nothing. @throws BrokerError `conflict` */
export function requireRevision(
  snapshot: ConfigSnapshot,
  table: Parameters<typeof revisionOf>[1],
  name: string,
  expected: string | undefined,
): void {
  if (expected === undefined) return
  const found = revisionOf(snapshot, table, name)
  if (found === expected) return
  throw new BrokerError('conflict', {
    detail:
      expected === NO_REVISION
        ? 'There is one of this name already: open that one, or choose another name'
        : 'This changed since it was read: read it again, and decide on what is there now',
  })
}
