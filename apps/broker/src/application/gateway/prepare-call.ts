import type { Resolution } from '@credbroker/connectors/connector'
import type { ClientRequest } from '@credbroker/connectors/request'
import { canonicalHash } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { ApprovalLevel, Facts } from '@credbroker/policy/request'
import type { AskedRequest } from '../../domain/approval.ts'
import { recoveryFacts } from '../../domain/recovery-facts.ts'
import { beyondGrant } from '../tasks/beyond-grant.ts'
import { type CallDecision, decideAllowedCall } from '../tasks/decide-call.ts'
import type { CallDeps } from './call-deps.ts'
import type { CallProof } from './call-proof.ts'
import type { LiveCall } from './live-call.ts'
import { type OpenRoot, openRoot, standsOn } from './open-root.ts'
import { type Place, placeCall } from './place-call.ts'
import { type ReadCall, readCall } from './read-call.ts'
import { READABLE, readable } from './readable.ts'
import { resolveCall } from './resolve-call.ts'
import type { Story } from './story.ts'
import { whileItLives } from './while-it-lives.ts'

/** A call that is known in full, before it is decided. */
export interface PreparedCall {
  readonly read: ReadCall
  readonly root: OpenRoot
  readonly resolution: Resolution
  readonly place: Place
}

/**
 * Reads the request and finds out what it touches. The vendor is asked only about what the task's grants could ever
 * allow. @throws BrokerError `call_refused`, `operation_unclassified`, `denied`, `call_unresolved`, and as `resolveCall` does
 */
export async function prepareCall(
  deps: CallDeps,
  story: Story & { live: LiveCall },
  proof: Pick<CallProof, 'take'>,
  client: ClientRequest,
  signal: AbortSignal,
): Promise<PreparedCall> {
  const { live, caller } = story
  const connector = await deps.connectors.load(live.connector)
  const read = readCall(connector, live, client)
  story.read = read
  const beyond = beyondGrant(live.config, [...live.above, live], read.access, live.now)
  if (beyond) throw new BrokerError('denied', { detail: beyond })
  if (connector.is.inner) await proof.take()
  const root = await openRoot(deps, caller, live, read)
  const resolution = await whileItLives(deps.open, standsOn(live, root), signal, (cut) =>
    resolveCall(deps, story, proof, root, cut),
  )
  const place = placed(live, read, resolution)
  story.place = place
  return { read, root, resolution, place }
}

/** @throws BrokerError `call_unresolved`, which is the same whatever the reason */
export function placed({ config, environment }: LiveCall, read: ReadCall, resolution: Resolution): Place {
  const { vendor } = read.connector.is
  const place = placeCall(config.snapshot, vendor, environment.name, resolution, read.access)
  if (place) return place
  throw new BrokerError('call_unresolved')
}

/** Asks policy, for the task and for every one above it (I9). */
export function decidePrepared(
  live: LiveCall,
  { read, resolution, place }: PreparedCall,
  now: Date,
  approval?: { readonly level: ApprovalLevel },
): CallDecision {
  const { catalogue, kind } = read.connector.is
  const operations = read.operations.map(({ name }, at) => ({
    ...(catalogue && { id: `${kind}:${name}` }),
    levels: read.levels[at] ?? ['admin' as const],
  }))
  const found = resolution.is === 'resolved' ? resolution.facts : {}
  const facts: Facts = {
    ...found,
    environments: place.environments,
    touches: read.touches,
    erases: read.erases,
    backup: recoveryFacts(live.root, now, found['newestBackup']),
  }
  return decideAllowedCall(live.config, live, { operations, facts, approval }, now)
}

/** What people are asked about, and what an approval is for. Values that change with time alone are not in it. */
export function askedRequest({ read, resolution, place }: PreparedCall, live: LiveCall): AskedRequest {
  const { access, touches, erases, requestHash, request, operations } = read
  const facts = {
    ...(resolution.is === 'resolved' && resolution.facts),
    recovery: { ...live.root.recovery },
  }
  const found = { access, touches, erases, anchors: place.anchors, environments: place.environments, facts }
  const { method, target, body } = request
  return {
    requestHash,
    factsHash: canonicalHash(found),
    operations: operations.map(({ name, arguments: given }) => ({
      name,
      arguments: Object.fromEntries(Object.entries(given).map(([at, each]) => [at, readable(each)])),
    })),
    request: { method, target, ...(body !== undefined && { body: body.slice(0, READABLE) }) },
    ...found,
    usedAt: null,
  }
}
