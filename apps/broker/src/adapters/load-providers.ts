import { type GuardedProvider, guardProvider } from '@credbroker/providers/guard'
import type { SignAssertion } from '@credbroker/providers/guard/assertion'
import { PROVIDERS } from '@credbroker/providers/registry.gen'
import { type OpenShelf, openShelf } from '@credbroker/providers/shelf'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'

interface Options {
  readonly clock: Clock
  readonly log: Log
  readonly allowPrivateUpstreams: boolean
  readonly signAssertion: SignAssertion
}

/** From one mint or revocation to the next with the same root. */
const IDLE_MILLISECONDS = 30_000

/** Every provider of this build, behind the guard, and what they keep between calls: stop it with the broker. */
export async function loadProviders({
  clock,
  log,
  allowPrivateUpstreams,
  signAssertion,
}: Options): Promise<{ providers: Map<string, GuardedProvider>; shelf: OpenShelf }> {
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
  const shelf = openShelf({ random, idleMilliseconds: IDLE_MILLISECONDS })
  const io = (signal: AbortSignal) => ({
    now: () => clock.now(),
    random,
    signal,
    allowPrivateUpstreams,
    shelf,
  })
  const loaded = await Promise.all([...PROVIDERS].map(async ([kind, load]) => [kind, await load()] as const))
  const providers = new Map(
    loaded.map(([kind, provider]) => [
      kind,
      guardProvider(provider, {
        io,
        signAssertion,
        onDiscarded: (discarded) =>
          log.warn(discarded, 'a credential came too late or was faulty and was discarded'),
      }),
    ]),
  )
  return { providers, shelf }
}
