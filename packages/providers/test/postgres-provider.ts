import type { Access } from '@credbroker/core/access'
import type { Json } from '@credbroker/core/canonical-json'
import type { Secret } from '@credbroker/core/secret'
import { ALL_ACCESS, asRoot, newName, testIo } from '../../../test/contracts/provider/bench.ts'
import { type GuardedProvider, type GuardOptions, guardProvider } from '../src/guard.ts'
import postgresRole from '../src/kinds/postgres-role.ts'
import type { Assessment, RevocationResult } from '../src/provider.ts'
import type { Shop } from './postgres-fixture.ts'

/** The provider as the broker has it, bound to one shop, in few words. */
export interface Desk {
  readonly provider: GuardedProvider
  readonly root: Secret
  assess(spec: Json): Promise<Assessment>
  /** Mints for all accesses unless told, and answers the name and how to log in. */
  mint(spec: Json, access?: readonly Access[]): Promise<{ name: string; user: string; password: string }>
  /** The spec says who inherits. */
  revoke(name: string, spec?: Json): Promise<RevocationResult>
}

export function deskOf(shop: Shop, rootJson: Json = shop.root, io: GuardOptions['io'] = testIo): Desk {
  const provider = guardProvider(postgresRole, { io })
  const root = asRoot(rootJson)
  const expiresAt = new Date(Date.now() + 60_000)
  return {
    provider,
    root,
    assess: (spec) => provider.assess(root, spec),
    async mint(spec, access = ALL_ACCESS) {
      const name = newName()
      const { credential } = await provider.mint(root, spec, {
        name,
        ttlSeconds: 60,
        expiresAt: new Date(Date.now() + 60_000),
        within: { anchors: [shop.anchor('orders')], access },
        labels: { agent: 'agent:ci', owner: 'user:ada', task: 'tsk_1', environment: 'staging' },
      })
      if (credential.form !== 'postgres') throw new Error('another form of credential')
      return { name, user: credential.user, password: credential.password.expose() }
    },
    async revoke(name, spec = { template: 'read-only' }) {
      if (!provider.revocation) throw new Error('no revocation')
      return provider.revocation.revoke(root, { name, spec, expiresAt })
    },
  }
}
