import { type GuardedProvider, guardProvider } from '@credbroker/providers/guard'
import { PROVIDERS } from '@credbroker/providers/registry.gen'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'

interface Options {
  readonly clock: Clock
  readonly log: Log
  readonly allowPrivateUpstreams: boolean
}

/** Every provider of this build, behind the guard. */
export async function loadProviders({
  clock,
  log,
  allowPrivateUpstreams,
}: Options): Promise<Map<string, GuardedProvider>> {
  const io = (signal: AbortSignal) => ({
    now: () => clock.now(),
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
    signal,
    allowPrivateUpstreams,
  })
  const loaded = await Promise.all([...PROVIDERS].map(async ([kind, load]) => [kind, await load()] as const))
  return new Map(
    loaded.map(([kind, provider]) => [
      kind,
      guardProvider(provider, {
        io,
        onDiscarded: (discarded) =>
          log.warn(discarded, 'a credential came too late or was faulty and was discarded'),
      }),
    ]),
  )
}
