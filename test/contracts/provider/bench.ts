import { randomBytes } from 'node:crypto'
import type { Json } from '@credbroker/core/canonical-json'
import { Secret } from '@credbroker/core/secret'
import { type Discarded, type GuardedProvider, guardProvider } from '@credbroker/providers/guard'
import type { MintOrder, VendorIo } from '@credbroker/providers/provider'
import type { Bench } from './vendor.ts'

export const testIo = (signal: AbortSignal): VendorIo => ({
  now: () => new Date(),
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
  signal,
  allowPrivateUpstreams: true,
})

/** The provider as the broker sees it. */
export const guarded = (
  bench: Bench,
  options: { deadlineMilliseconds?: number; onDiscarded?: (discarded: Discarded) => void } = {},
): GuardedProvider => {
  const { federated } = bench.vendor
  const guard = guardProvider(bench.provider, {
    io: testIo,
    ...options,
    ...(federated && { signAssertion: federated.sign }),
  })
  return (federated && guard.speakFor?.(federated)) ?? guard
}

export const asRoot = (root: Json): Secret => new Secret(JSON.stringify(root))

export const PREFIX = 'brk_contract_'
export const newName = (): string => `${PREFIX}${randomBytes(8).toString('hex')}`

export const ALL_ACCESS = ['read', 'write', 'delete', 'admin', 'secret', 'execute'] as const

/** An order that the vendor should fulfil; `ttlSeconds` is raised to the vendor's floor. */
export function order(bench: Bench, change: Partial<MintOrder> = {}): MintOrder {
  const { minTtlSeconds } = bench.provider.limits
  const ttlSeconds = Math.max(change.ttlSeconds ?? 60, minTtlSeconds)
  return {
    name: newName(),
    within: { anchors: bench.vendor.anchors, access: ALL_ACCESS },
    labels: { agent: 'agent:ci', owner: 'user:ada', task: 'tsk_contract', environment: 'staging' },
    ...change,
    ttlSeconds,
    expiresAt: change.expiresAt ?? new Date(Date.now() + ttlSeconds * 1000),
  }
}

export const leaseOf = (bench: Bench, made: MintOrder, handle?: Json) => ({
  name: made.name,
  spec: bench.vendor.spec,
  expiresAt: made.expiresAt,
  ...(handle === undefined ? {} : { handle }),
})

/** Every way in which a value is usually printed, in one text. */
export async function printed(value: unknown): Promise<string> {
  const { inspect } = await import('node:util')
  const seen = [inspect(value, { depth: 20, showHidden: true, getters: true }), String(value)]
  seen.push(JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '')
  if (value instanceof Error) seen.push(value.message, value.stack ?? '', await printed(value.cause ?? ''))
  return seen.join('\n')
}

/** The text itself and the encodings in which it could slip past a search for it. */
export const disguises = (secret: string): string[] => {
  const bytes = Buffer.from(secret)
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    JSON.stringify(secret).slice(1, -1),
  ]
}
