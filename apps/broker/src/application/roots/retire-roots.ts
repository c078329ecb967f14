import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { GuardedProvider } from '@credbroker/providers/guard'
import { retryDelaySeconds } from '../../domain/lease.ts'
import type { Sealer } from '../../ports/keyring.ts'
import type { Log } from '../../ports/log.ts'
import type { DueRetirement, RetirementQueue } from '../../ports/rotation-store.ts'
import { codeOf } from '../audit/announce.ts'
import { type RepeatDeps, repeatedly } from '../audit/repeatedly.ts'
import { rootBinding } from '../bindings.ts'
import type { RootVault } from './root-vault.ts'

export interface RetireDeps extends RepeatDeps {
  readonly retirements: RetirementQueue
  readonly vault: RootVault
  readonly sealer: Sealer
  readonly providers: ReadonlyMap<string, GuardedProvider>
  readonly log: Log
}

const AT_ONCE = 16

/**
 * Ends former credentials of roots at their vendors: those of one root, or all that are due. What does not end is tried
 * again, for ever, and says so. Never throws for a vendor's sake.
 */
export async function retireRoots(deps: RetireDeps, root?: string): Promise<void> {
  const due = await (root === undefined ? deps.retirements.take(AT_ONCE) : deps.retirements.takeOf(root))
  await Promise.all(due.map((one) => retireOne(deps, one)))
}

async function retireOne(deps: RetireDeps, one: DueRetirement): Promise<void> {
  const { root, version, provider, attempts } = one
  const about = {
    type: 'root.retired' as const,
    actor: { kind: 'system' as const, id: 'retirer' },
    facts: { root, provider, rootVersion: version },
  }
  try {
    await repeatedly(deps, `retire ${root} ${version}`, about, async () => {
      await retire(deps, one)
      return { answer: undefined, state: 'ok', result: 'ok', facts: { attempt: attempts }, over: true }
    })
    await deps.retirements.settle(one, 'retired')
    deps.log.info({ root, version }, 'the former credential is dead')
  } catch (error) {
    const code = codeOf(error)
    const retryAfterSeconds = retryDelaySeconds(attempts)
    await deps.retirements.settle(one, { error: code, retryAfterSeconds })
    deps.log.warn(
      { root, version, attempts, code, retryAfterSeconds },
      'the former credential is not dead yet; it will be tried again',
    )
  }
}

async function retire({ vault, sealer, providers }: RetireDeps, one: DueRetirement): Promise<void> {
  const provider = providers.get(one.provider)
  if (provider?.rotation?.style !== 'side-by-side') throw new BrokerError('capability_absent')
  const old = sealer.open(one.sealed, rootBinding({ name: one.root, provider: one.provider }, one.version))
  await provider.rotation.retire(old, await vault.open(one.root))
  if (await works(provider, old))
    throw new BrokerError('vendor_refused', { detail: 'The vendor still takes the former credential' })
}

const DEAD: ReadonlySet<ErrorCode> = new Set(['vendor_refused', 'root_unusable'])

/** A vendor's word is not enough: dead is what it does not let in. @throws BrokerError where that cannot be found out */
async function works(provider: GuardedProvider, old: Secret): Promise<boolean> {
  try {
    await provider.inspect(old)
    return true
  } catch (error) {
    if (DEAD.has(codeOf(error))) return false
    throw error
  }
}
