import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import type { CredentialForm } from '@credbroker/core/credential'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { parseStrictly } from '@credbroker/core/parse-strictly'
import { Secret } from '@credbroker/core/secret'
import type { AnyProvider, Minted, MintOrder } from '../provider.ts'

/** Whatever is not named here has to be a `Secret`: a kind that forgets one fails, instead of leaking it. */
const SHOWN: Record<CredentialForm, ReadonlySet<string>> = {
  postgres: new Set(['form', 'host', 'port', 'database', 'user', 'sslmode', 'ca']),
  aws: new Set(['form', 'accessKeyId', 'region', 'endpointUrl']),
  github: new Set(['form', 'apiUrl', 'gitUrl', 'repositories']),
  kubernetes: new Set(['form', 'server', 'ca', 'namespace']),
  railway: new Set(['form', 'origin']),
}

const NAME = /^[a-z0-9_]{1,63}$/
const LABEL = /^[A-Za-z0-9_.:@=-]{1,256}$/

const wrong = (at: string, message: string) =>
  new BrokerError('invalid_request', { problems: [{ at, message }] })

/** The name that goes to the vendor. @throws {BrokerError} `invalid_request` */
export function checkName(name: string, at = 'name'): string {
  if (!NAME.test(name)) throw wrong(at, 'at most 63 characters of a-z, 0-9 and _')
  return name
}

/** @throws {BrokerError} `invalid_request`, or `ttl_below_floor` where the vendor cannot issue one this short. */
export function checkOrder(provider: AnyProvider, order: MintOrder, now: Date): void {
  checkName(order.name, 'order.name')
  for (const [key, label] of Object.entries(order.labels))
    if (!LABEL.test(label)) throw wrong(`order.labels.${key}`, 'an identifier')
  for (const anchor of order.within.anchors)
    if (!provider.anchor.accepts(anchor)) throw wrong('order.within.anchors', provider.anchor.syntax)
  const { minTtlSeconds, maxTtlSeconds } = provider.limits
  if (!Number.isInteger(order.ttlSeconds) || order.ttlSeconds <= 0)
    throw wrong('order.ttlSeconds', 'whole seconds')
  if (order.ttlSeconds > maxTtlSeconds) throw wrong('order.ttlSeconds', `at most ${maxTtlSeconds}`)
  if (order.ttlSeconds < minTtlSeconds)
    throw new BrokerError('ttl_below_floor', {
      detail: `The vendor’s shortest credential lives ${minTtlSeconds} s`,
    })
  const ahead = order.expiresAt.getTime() - now.getTime()
  if (!(ahead > 0 && ahead <= (order.ttlSeconds + LIMITS.graceSeconds) * 1000))
    throw wrong('order.expiresAt', 'in the future, and no later than ttlSeconds from now')
}

/** Looks at what the kind handed back. @throws {BrokerError} `internal`: the fault is the kind's, and the lease must be ended. */
export function checkMinted(provider: AnyProvider, minted: Minted, order: MintOrder): Minted {
  const fault = (message: string) =>
    new BrokerError('internal', { cause: new Error(`${provider.kind}: ${message}`) })
  const form = minted.credential.form
  if (form !== provider.form) throw fault('a credential of another form than declared')
  for (const [field, value] of Object.entries(minted.credential))
    if (!SHOWN[form].has(field) && !(value instanceof Secret))
      throw fault(`credential.${field} is not a Secret`)
  const late = minted.expiresAt.getTime() - order.expiresAt.getTime()
  // A vendor that counts from its own clock may be off by moments; the sweeper's grace covers those.
  if (!(late <= LIMITS.graceSeconds * 1000)) throw fault('the vendor issued it for longer than asked')
  return {
    credential: minted.credential,
    handle: checkHandle(provider, minted.handle),
    expiresAt: minted.expiresAt,
  }
}

/** Plain JSON, and by the kind's own schema where it has one. */
export function checkHandle(provider: AnyProvider, handle: Json): Json {
  canonicalJson(handle)
  return provider.handle ? (parseStrictly(provider.handle, handle, 'handle') as Json) : handle
}
