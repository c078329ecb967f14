import type { Secret } from '@credbroker/core/secret'
import type { Root } from '../../domain/config.ts'
import { codeOf } from '../audit/announce.ts'
import type { IntakeDeps } from './intake-root.ts'
import type { RootVault } from './root-vault.ts'

/**
 * Whether the broker can end the credential in use once another one is: where the vendor keeps several, and these are two of them.
 * One that cannot be opened any more cannot be ended either.
 */
export async function canEnd(
  { providers, vault }: Pick<IntakeDeps, 'providers'> & { readonly vault: RootVault },
  { name, provider }: Root,
  next: Secret,
): Promise<boolean> {
  const rotation = providers.get(provider)?.rotation
  if (rotation?.style !== 'side-by-side') return false
  try {
    return !rotation.isSame(await vault.open(name), next)
  } catch (error) {
    if (['root_unusable', 'tampered'].includes(codeOf(error))) return false
    throw error
  }
}
