import { randomFillSync } from 'node:crypto'
import { connect } from '@credbroker/broker/adapters/postgres/connect'
import { parseDatabaseUrl } from '@credbroker/broker/adapters/postgres/database-url'
import { createStores } from '@credbroker/broker/adapters/postgres/stores'
import { createRecorder } from '@credbroker/broker/application/audit/recorder'
import { type ApplyDeps, applyConfig } from '@credbroker/broker/application/config/apply-config'
import { LiveConfig } from '@credbroker/broker/application/config/live-config'
import { sealedWrites } from '@credbroker/broker/application/config/sealed-writes'
import type { KeyUser } from '@credbroker/broker/application/identity/caller'
import { replaceRoot } from '@credbroker/broker/application/roots/replace-root'
import { retireRoots } from '@credbroker/broker/application/roots/retire-roots'
import { RootVault } from '@credbroker/broker/application/roots/root-vault'
import { type RotateDeps, rotateRoot } from '@credbroker/broker/application/roots/rotate-root'
import type { Keyring } from '@credbroker/broker/ports/keyring'
import type { Stores } from '@credbroker/broker/ports/stores'
import type { Json } from '@credbroker/core/canonical-json'
import { configDocument } from '@credbroker/core/config/document'
import { Secret } from '@credbroker/core/secret'
import { providerOf, type Vendor } from './vendor.ts'

const random = <Bytes extends Uint8Array>(bytes: Bytes): Bytes => randomFillSync(bytes)
const operator = {
  kind: 'user',
  via: 'key',
  name: 'mia',
  roles: ['operator'],
  requestId: 'req_1',
  jkt: 'k'.repeat(43),
}

/** One broker's part in rotations, with connections of its own; and where it dies. */
export type Replica = ReturnType<typeof startReplica>

export function startReplica(url: string, keyring: Keyring, vendors: ReadonlyMap<string, Vendor>) {
  const sql = connect(parseDatabaseUrl(new Secret(url)), { max: 8 })
  const fate = mortality()
  const stores = fate.watch<Stores>(createStores(sql))
  const providers = new Map(
    (['in-place', 'side-by-side'] as const).map((style) => [style, fate.watch(providerOf(vendors, style))]),
  )
  const clock = { now: () => new Date() }
  const warnings: string[] = []
  const note = (_: object, message: string) => void warnings.push(message)
  const log = { info: () => {}, warn: note, error: note }
  const record = createRecorder(clock, random)
  const { macs, sealer, fingerprints } = keyring
  const decide = () => ({
    version: 'none',
    decide() {
      throw new Error('nothing is decided here')
    },
  })
  const config = new LiveConfig(stores.config, macs, decide, log)
  const store = sealedWrites(stores.config, config, macs)
  const vault = new RootVault(stores.secrets, sealer, config)
  const { retirements, intents, rotations, audit } = stores
  const retiring = { retirements, intents, vault, sealer, providers, record, clock, log }
  const retire = (root?: string) => retireRoots(retiring, root)
  const deps = {
    config,
    store,
    macs,
    sealer,
    fingerprints,
    vault,
    providers,
    rotations,
    audit,
    record,
    retire,
    log,
    clock,
    connectors: { known: new Map() },
    approve: async () => undefined,
    endGroundless: async () => undefined,
  }
  // What else `apply` needs, these do not.
  const rotate = rotateRoot(deps as unknown as RotateDeps)
  const replace = replaceRoot(deps as unknown as ApplyDeps)
  const apply = applyConfig(deps as unknown as ApplyDeps)
  return {
    ...{ sql, stores, config, store, vault, fate, warnings, retire, keyring },
    rotate: (root: string) => rotate(operator as unknown as KeyUser, root),
    replace: (root: string, credential: Json) => replace(operator as unknown as KeyUser, root, credential),
    /** Files that say so. */
    apply: (roots: object, secrets: { readonly [root: string]: Json }) => {
      const config = configDocument.parse({ version: 1, environments: {}, users: {}, roots })
      return apply(operator as unknown as KeyUser, { config, policies: [], secrets })
    },
    stop: () => sql.end({ timeout: 1 }),
  }
}

/** A process that dies between two of its calls: from then on none of them does anything. */
function mortality() {
  let left = Number.POSITIVE_INFINITY
  let calls = 0
  const pass = () => {
    calls++
    if (--left < 0) throw new Error('the process is gone')
  }
  function watch<Part extends object>(part: Part): Part {
    return new Proxy(part, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value === 'object' && value !== null) return watch(value)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          pass()
          return Reflect.apply(value, target, args)
        }
      },
    })
  }
  return {
    watch,
    dieAfter: (more: number) => {
      left = more
    },
    revive: () => {
      left = Number.POSITIVE_INFINITY
    },
    calls: () => calls,
  }
}
