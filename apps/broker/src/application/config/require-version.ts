import { BrokerError } from '@credbroker/core/errors'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

/** So that a page which was opened long ago overwrites nothing. @throws BrokerError `conflict` */
export function requireVersion({ version }: ConfigSnapshot, expected: number | undefined): void {
  if (expected !== undefined && expected !== version)
    throw new BrokerError('conflict', {
      detail: 'The configuration changed since this was read: read it again, and decide on what is there now',
    })
}
