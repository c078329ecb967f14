import { BrokerError } from '@credbroker/core/errors'
import type { ClientKeyStore, EnrolledKey } from '../../ports/client-keys.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type Caller, isSession } from '../identity/caller.ts'
import type { KnownKeys } from '../identity/known-keys.ts'
import type { endWork } from '../tasks/end-work.ts'

export interface RemoveKeyDeps {
  readonly store: ClientKeyStore
  readonly end: ReturnType<typeof endWork>
  readonly record: Recorder
}

/**
 * Whoever asks gives up the key that signs the request: `broker logout`. What was started with it ends.
 * @throws BrokerError `forbidden` for a session, which has no key, and for a task
 */
export const removeOwnKey =
  (deps: RemoveKeyDeps & { readonly keys: KnownKeys }) =>
  async (caller: Caller): Promise<void> => {
    if (isSession(caller) || caller.kind === 'task')
      throw new BrokerError('forbidden', { detail: 'This is for whoever holds an enrolled key' })
    const { key } = await deps.keys.live(caller.jkt)
    await removeKey(deps, caller, key)
  }

/** From the commit on it signs nobody in; tasks of an agent that it started end with it. */
export async function removeKey(
  { store, end, record }: RemoveKeyDeps,
  caller: Caller,
  { jkt, principal }: EnrolledKey,
): Promise<void> {
  const event = record({
    type: 'client-key.removed',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
    facts: { name: principal, keyThumbprint: jkt },
  })
  await store.remove(jkt, event)
  if (principal.startsWith('agent:')) await end({ key: jkt }, 'revoked', caller)
}
