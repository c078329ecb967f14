import { type ChildProcess, spawn } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { newId } from '@credbroker/core/ids'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../../../test/harness/services.ts'
import { awsKms } from './aws-kms.ts'
import { createKeyring, openKeyring, rotateKeyring } from './keyring.ts'
import { kmsSource } from './kms.ts'

const random = (bytes: Uint8Array) => randomFillSync(bytes)
const deployment = newId('deployment', new Date(0), random)
const setting = 'BROKER_KMS_KEY_ARN'

let server: ChildProcess | undefined
let config: {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}
let missing: string | undefined

beforeAll(async () => {
  missing = await needs('moto')
  if (missing) return
  const port = await freePort()
  config = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  server = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  let ended = false
  server.once('error', () => (ended = true)).once('exit', () => (ended = true))
  for (let tries = 0; tries < 150 && !ended; tries++) {
    const up = await fetch(`${config.endpoint}/moto-api/`).then(
      () => true,
      () => false,
    )
    if (up) return
    await sleep(200)
  }
  throw new Error('moto did not start')
})
afterAll(() => {
  server?.kill()
})

const newKey = async (): Promise<string> => {
  const { KeyMetadata } = await new KMSClient(config).send(new CreateKeyCommand({}))
  return KeyMetadata?.Arn as string
}
const sourceOf = (arn: string) => kmsSource(setting, awsKms(setting, arn, config), random)

describe('AWS KMS as the key source', () => {
  it('unlocks a deployment at boot, and rotates to another data key with the same MACs', async (context) => {
    if (missing) return context.skip(missing)
    const arn = await newKey()
    const made = await createKeyring(deployment, sourceOf(arn), random)
    const again = await openKeyring(JSON.parse(JSON.stringify(made.record)), sourceOf(arn), random)
    expect(again.macs.mac('row', 'x')).toBe(made.keyring.macs.mac('row', 'x'))

    const rotated = await rotateKeyring(made.record, sourceOf(arn), sourceOf(arn), random)
    expect(rotated.record.slot.keyId).not.toBe(made.record.slot.keyId)
    const later = await openKeyring(rotated.record, sourceOf(arn), random)
    expect(later.macs.mac('row', 'x')).toBe(made.keyring.macs.mac('row', 'x'))
  })

  it('I13: a slot that names another key id does not decrypt: the id is part of the context', async (context) => {
    if (missing) return context.skip(missing)
    const arn = await newKey()
    const { record } = await createKeyring(deployment, sourceOf(arn), random)
    const renamed = { ...record, slot: { ...record.slot, keyId: 'kek_other' } }
    await expect(openKeyring(renamed, sourceOf(arn), random)).rejects.toMatchObject({
      code: 'config_invalid',
    })
  })

  it('stays closed while KMS does not answer', async (context) => {
    if (missing) return context.skip(missing)
    const arn = await newKey()
    const { record } = await createKeyring(deployment, sourceOf(arn), random)
    const nobody = { ...config, endpoint: `http://127.0.0.1:${await freePort()}`, maxAttempts: 1 }
    await expect(
      openKeyring(record, kmsSource(setting, awsKms(setting, arn, nobody), random), random),
    ).rejects.toThrow('BROKER_KMS_KEY_ARN: the key management service refused, or did not answer.')
  })

  it('does not take the slot of a keyfile or a passphrase for its own', async () => {
    const unasked = { generateDataKey: () => Promise.reject(), decrypt: () => Promise.reject() }
    expect(await kmsSource(setting, unasked, random).unlock({ keyId: 'kek_a' })).toEqual([])
  })
})

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
