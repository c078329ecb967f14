import { BrokerError } from '@credbroker/core/errors'
import { mayApprove } from '../../domain/approver-exists.ts'
import type { PasskeyGround } from '../../ports/people.ts'
import { sealedManifest } from '../config/sealed-writes.ts'
import type { PeopleDeps } from './people.ts'

type Deps = Pick<PeopleDeps, 'config' | 'macs'>

const ATTEMPTS = 5

/**
 * Stores a passkey on the newest configuration. Roles and passkeys come in either order and at different replicas: whichever makes
 * somebody who could approve, the manifest says so from the same commit on (I4c).
 * @throws BrokerError `conflict` where the configuration does not stay as it is for long enough
 */
export async function onGround<Stored extends string>(
  deps: Deps,
  user: string,
  store: (ground: PasskeyGround | undefined) => Promise<Stored | 'stale'>,
): Promise<Stored> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const stored = await store(await groundFor(deps, user))
    if (stored !== 'stale') return stored
  }
  throw new BrokerError('conflict', { detail: 'The configuration changed meanwhile' })
}

/** Undefined where the manifest says it already, which it does for good. */
async function groundFor({ config, macs }: Deps, name: string): Promise<PasskeyGround | undefined> {
  const { snapshot } = await config.newest()
  if (!snapshot.manifest || snapshot.manifest.hadApprover) return undefined
  const user = snapshot.user(name)
  const approver = user !== undefined && mayApprove(user)
  return {
    version: snapshot.version,
    manifest: approver ? sealedManifest(config, macs, snapshot, { rows: [], approver }) : null,
  }
}
