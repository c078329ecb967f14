import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import type { KeyRecord, Keyring, KeySlot, SealBinding } from '../../ports/keyring.ts'
import { DeploymentKeys } from './deployment-keys.ts'
import { Envelopes } from './envelope.ts'
import type { KeySource } from './key-source.ts'
import { refusal } from './private-file.ts'
import { vendorNames } from './vendor-names.ts'

const CANARY = new Secret('credbroker canary')
const place = (row: 'canary' | 'master'): SealBinding => ({ table: 'deployment', row, version: 1 })

interface Unlocked {
  readonly keyring: Keyring
  /** To store in the deployment's row. */
  readonly record: KeyRecord
}

/** The keys of a new deployment: its own random secret, sealed under the current key of the source. */
export async function createKeyring(
  deployment: string,
  source: KeySource,
  random: FillRandom,
): Promise<Unlocked> {
  const { kek, slot } = await source.current()
  const envelopes = new Envelopes(deployment, kek, [], random)
  const master = new Secret(Buffer.from(random(new Uint8Array(32))).toString('base64url'))
  return {
    keyring: assemble(deployment, envelopes, master),
    record: seal(deployment, slot, envelopes, master),
  }
}

/**
 * Unlocks a deployment at boot; synchronous ever after.
 * @throws BrokerError `config_invalid` when the source holds another key, `tampered` when the key is right and the record is not.
 */
export async function openKeyring(
  record: KeyRecord,
  source: KeySource,
  random: FillRandom,
): Promise<Keyring> {
  const [own, ...others] = await source.unlock(record.slot)
  if (!own) throw refusal(source.setting, 'holds no key with the id this deployment was sealed under')
  const envelopes = new Envelopes(record.deployment, own, others, random)
  return assemble(record.deployment, envelopes, openMaster(record, envelopes, source))
}

/**
 * Moves a deployment to the current key of `to`. In one transaction, rewrap every sealed row with the returned keyring
 * and store the record. The deployment secret stays, and with it every MAC, fingerprint and vendor-side name.
 */
export async function rotateKeyring(
  record: KeyRecord,
  from: KeySource,
  to: KeySource,
  random: FillRandom,
): Promise<Unlocked> {
  const { deployment } = record
  const [own, ...others] = await from.unlock(record.slot)
  if (!own) throw refusal(from.setting, 'holds no key with the id this deployment was sealed under')
  const master = openMaster(record, new Envelopes(deployment, own, others, random), from)
  const { kek, slot } = await to.current()
  const envelopes = new Envelopes(deployment, kek, [own, ...others], random)
  return {
    keyring: assemble(deployment, envelopes, master),
    record: seal(deployment, slot, envelopes, master),
  }
}

const seal = (deployment: string, slot: KeySlot, envelopes: Envelopes, master: Secret): KeyRecord => ({
  deployment,
  slot,
  canary: envelopes.seal(CANARY, place('canary')),
  master: envelopes.seal(master, place('master')),
})

function openMaster(record: KeyRecord, envelopes: Envelopes, source: KeySource): Secret {
  try {
    envelopes.open(record.canary, place('canary'))
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    throw refusal(source.setting, 'is not the key that this deployment was sealed with')
  }
  return envelopes.open(record.master, place('master'))
}

function assemble(deployment: string, envelopes: Envelopes, master: Secret): Keyring {
  const keys = new DeploymentKeys(deployment, master)
  return {
    sealer: envelopes,
    rewrapper: envelopes,
    macs: keys,
    fingerprints: keys,
    vendorNames: vendorNames(deployment, keys.vendorNameKey),
  }
}
