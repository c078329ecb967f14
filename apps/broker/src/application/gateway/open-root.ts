import type { GuardedConnector } from '@credbroker/connectors/guard'
import { secretsIn } from '@credbroker/connectors/guard/visible-text'
import type { Upstream } from '@credbroker/connectors/request'
import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { TaskCaller } from '../identity/caller.ts'
import type { CallDeps } from './call-deps.ts'
import { grantsOf, type LiveCall } from './live-call.ts'
import type { ReadCall } from './read-call.ts'

/** Where the call goes with which credential, and all that must not come back. */
export interface OpenRoot {
  readonly upstream: Upstream
  readonly secrets: readonly Secret[]
  /** Of an inner credential: the call goes on while it lives, and no longer. */
  readonly lease?: string
  /** Called where the vendor does not know an inner credential. What was asked with it is not asked again. */
  readonly refused?: () => void
}

/** What must live for as long as the call does: its grants, and the lease of its credential where that was minted. */
export const standsOn = (live: LiveCall, { lease }: OpenRoot): string[] =>
  lease === undefined ? grantsOf(live) : [...grantsOf(live), lease]

/** @throws BrokerError `root_unusable`, `tampered`; of an inner credential also what minting it throws */
export async function openRoot(
  { vault, inner }: Pick<CallDeps, 'vault' | 'inner'>,
  caller: TaskCaller,
  live: LiveCall,
  { connector, spec }: ReadCall,
): Promise<OpenRoot> {
  const own = connector.is.inner?.provider === live.root.provider ? connector.is.inner : undefined
  const minted = own && (await inner.of(caller, live, own, spec))
  const root =
    own && minted ? own.root(minted.credential) : parsed(connector, await vault.openVersion(live.root))
  const upstream = connector.is.upstream(root)
  return {
    upstream,
    secrets: secretsIn([root, upstream.credential]),
    ...(minted && { lease: minted.lease.id, refused: minted.refused }),
  }
}

function parsed(connector: GuardedConnector, text: Secret): unknown {
  try {
    return connector.root(text)
  } catch {
    throw new BrokerError('root_unusable', { detail: 'The stored credential is not one of its connector' })
  }
}
