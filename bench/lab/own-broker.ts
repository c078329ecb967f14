import { loadKeySource } from '@credbroker/broker/adapters/keyring/load-key-source'
import { parseDatabaseUrl } from '@credbroker/broker/adapters/postgres/database-url'
import { readSettings } from '@credbroker/broker/adapters/settings'
import { inviteFirstAdmin } from '@credbroker/broker/application/running/first-run'
import { startBroker } from '@credbroker/broker/main'
import { Secret } from '@credbroker/core/secret'
import type { BrokerOptions } from './broker.ts'

export type OwnBroker = Awaited<ReturnType<typeof startOwnBroker>>

/** The whole broker in this process, whose verbs can be called without a socket between. It serves like any other. */
export async function startOwnBroker({ databaseUrl, keyfile, port, publicUrl }: BrokerOptions) {
  const { cases, stop } = await startBroker({
    settings: readSettings({
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      BROKER_PUBLIC_URL: publicUrl,
      BROKER_KEYFILE: keyfile,
      BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS: '1',
    }),
    target: parseDatabaseUrl(new Secret(databaseUrl)),
    keys: loadKeySource({ keyfile, dataDirectories: [] }, (bytes) => crypto.getRandomValues(bytes)),
    log: { info() {}, warn() {}, error() {} },
    tryingOut: false,
  })
  const { token: setupCode } = await inviteFirstAdmin(cases.parts.inviting)
  return { cases, setupCode, stop }
}
