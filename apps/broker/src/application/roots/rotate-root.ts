import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { GuardedRotation } from '@credbroker/providers/guard'
import type { Root } from '../../domain/config.ts'
import type { RotationStore } from '../../ports/rotation-store.ts'
import { announce, codeOf, isUnsure } from '../audit/announce.ts'
import { rootBinding } from '../bindings.ts'
import type { ApplyDeps } from '../config/apply-config.ts'
import type { Config } from '../config/live-config.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { stepUp } from '../people/step-up.ts'
import { type RenewDeps, renewRoot } from './renew-root.ts'
import { tryRetire } from './try-retire.ts'

export interface RotateDeps extends ApplyDeps, RenewDeps {
  readonly rotations: RotationStore
}

/**
 * Replaces a root's credential at its vendor; one at a time for each root, over all replicas. Where the vendor keeps one
 * credential, the new one is durable here before the vendor is told, so that whichever of the two it holds after a crash,
 * running it again finishes it. Where it keeps two, the old one is ended afterwards, and tried again until it is dead.
 * @throws BrokerError `capability_absent`, `conflict` while it is rotated elsewhere, `not_found`, `vendor_refused`, `vendor_unavailable`
 */
export const rotateRoot =
  (deps: RotateDeps) =>
  async (caller: Caller, name: string): Promise<Root> => {
    const config = await configAs(deps.config, caller, 'operator')
    stepUp(caller)
    rotating(deps, config, name)
    const { root, style } = await deps.rotations.exclusively(name, () => rotate(deps, caller, name))
    // Durable work by now: what fails here is tried again by whoever comes next.
    if (style === 'side-by-side') await tryRetire(deps, name)
    return root
  }

function rotating({ providers }: RotateDeps, { snapshot }: Config, name: string) {
  const stored = snapshot.root(name)
  if (!stored) throw new BrokerError('not_found')
  const rotation = providers.get(stored.provider)?.rotation
  if (!rotation)
    throw new BrokerError('capability_absent', {
      detail:
        'The broker cannot replace the credential of such a root: make a new one at the vendor, and hand it in with `broker root replace`, or with `broker apply --renew` where files own the root',
    })
  return { stored, rotation }
}

async function rotate(deps: RotateDeps, caller: Caller, name: string) {
  // Only now nobody else changes it.
  const { stored, rotation } = rotating(deps, await deps.config.refresh(), name)
  if (rotation.style === 'side-by-side') await tryRetire(deps, name)
  const old = await deps.vault.open(name)
  const version = stored.version + 1
  const about = {
    type: 'root.rotated' as const,
    actor: actorOf(caller),
    request: caller.requestId,
    facts: { root: name, provider: stored.provider, rootVersion: version },
  }
  let changed = false
  const root = await announce(
    deps,
    about,
    async (outcome) => {
      const next = await change(deps, stored, rotation, old)
      changed = true
      try {
        const former = rotation.style === 'in-place' ? 'replaced' : 'alive'
        return await renewRoot(deps, stored, { next, former }, outcome)
      } catch (error) {
        await discard(deps, stored, { rotation, old, next }, error)
        throw error
      }
    },
    (code) => changed || isUnsure(code),
  )
  return { root, style: rotation.style }
}

async function change(
  { rotations, sealer }: RotateDeps,
  stored: Root,
  rotation: GuardedRotation,
  old: Secret,
): Promise<Secret> {
  if (rotation.style === 'side-by-side') return await rotation.prepare(old)
  const version = stored.version + 1
  const binding = rootBinding(stored, version)
  // What an interrupted rotation had decided on stays decided: the vendor may hold it already.
  const sealed = await rotations.plan({
    root: stored.name,
    version,
    sealed: sealer.seal(rotation.plan(old), binding),
  })
  const next = sealer.open(sealed, binding)
  await rotation.apply(old, next)
  return next
}

/** A second credential that will never be in use must not stay alive. */
async function discard(
  { log }: RotateDeps,
  { name }: Root,
  { rotation, old, next }: { rotation: GuardedRotation; old: Secret; next: Secret },
  why: unknown,
): Promise<void> {
  if (rotation.style !== 'side-by-side') return
  const told = { root: name, code: codeOf(why) }
  // Where nobody can tell whether it is in use, ending it could leave the root with none.
  if (isUnsure(codeOf(why))) return log.error(told, 'a new credential was made and may not be stored')
  await rotation
    .retire(next, old)
    .catch((err: unknown) => log.error({ ...told, err }, 'a new credential was made and is not in use'))
}
