import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startStaging, type World } from '../e2e/shops.ts'
import { type AuditEntry, auditHas } from '../security/audit.ts'

/** Made for this test, and worth nothing elsewhere: no scan of this tree is to stop at it. */
const OFFLINE = {
  identity: 'age-secret-key-1dlat2fy9crd8d3564n59fdqagk4t3ghp7tacagzuyryy2mud69gsf47d4s'.toUpperCase(),
  recipient: 'age1u8cmvlrfly7g9mleu2ppmzfpdw3p9ep9rscr3n98n5scn90mdavqtsaw7s',
}

let world: Omit<World, 'production' | 'state'>
let keyfile: string
beforeAll(async () => {
  world = await startStaging()
  keyfile = join(world.broker.stateDir, 'keyfile')
}, 120_000)
afterAll(() => world?.stop())

const inUse = async () => {
  const path = '/v1/keys'
  return (await world.broker.admin.request<{ kek: { id: string } }>({ method: 'GET', path })).kek.id
}
/** The root opens, so that a credential can be minted; the token of before counts, so that its key opens too. */
async function expectWorks(): Promise<void> {
  await using task = await world.agent.client.startTask({
    environment: 'staging',
    purpose: 'x',
    scopes: ['orders-ro'],
  })
  await task.credential('orders-ro')
}
/** Starting fails with a message for people, exit code 1 and no stack. */
async function expectRefused(env: Record<string, string>, words: RegExp): Promise<void> {
  const ran = await world.broker.cli(['dev', '--port', '0', '--state', world.broker.stateDir], {
    env: { DATABASE_URL: world.staging.server.url, ...env },
  })
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(words) })
  expect(ran.stderr).not.toMatch(/\n\s+at /)
}

const rotation =
  (kind: string, keyId: string) =>
  ({ type, result, facts }: AuditEntry) =>
    type === 'key.rotated' && result === 'ok' && facts?.['kind'] === kind && facts['keyId'] === keyId

it.each([
  ['access-token', []],
  ['assertion:staging', ['--issuer', 'staging']],
])('a new signing key, %s, is in the log, with who had it made (I6)', async (kind, options) => {
  const ran = await world.broker.cli(['key', 'rotate', ...options, '--json'])
  const { kid } = JSON.parse(ran.stdout) as { kid: string }
  const fits = rotation(kind, kid)
  await auditHas(world.broker, (entry) => fits(entry) && entry.actor.id === 'admin')
})

describe('the key-encryption key', () => {
  it('is rotated under work that goes on: everything is wrapped anew, and the old key alone opens nothing', async () => {
    const { broker } = world
    const task = await world.agent.client.startTask({
      environment: 'staging',
      purpose: 'x',
      scopes: ['orders-ro'],
    })
    await task.credential('orders-ro')
    const old = join(broker.home, 'old-keyfile')
    await copyFile(keyfile, old)
    const before = await inUse()

    const rotated = await broker.cli(['key', 'rotate', '--keyfile', keyfile])
    expect(rotated).toMatchObject({ code: 0 })
    expect(await broker.cli(['key', 'rotate', '--keyfile', keyfile])).toMatchObject({ code: 1 })
    await broker.restart()
    expect(await inUse()).not.toBe(before)
    await auditHas(broker, rotation('key-encryption', await inUse()))
    // The lease of before is sealed under the new key by now; ending it needs what was sealed.
    expect(await task.end()).toMatchObject([{ credentialDead: true, sessionsDead: true }])
    await expectWorks()

    await broker.kill9()
    await expectRefused({ BROKER_KEYFILE: old }, /BROKER_KEYFILE/)
    await broker.restart()
    await expectWorks()
  }, 60_000)

  it('of another deployment is refused at boot, and nothing is touched', async () => {
    const { broker } = world
    const other = join(broker.home, 'other-keyfile')
    const key = JSON.parse(await readFile(keyfile, 'utf8'))
    const forged = { ...key, current: { ...key.current, key: Buffer.alloc(32, 7).toString('base64url') } }
    await writeFile(other, JSON.stringify({ format: forged.format, current: forged.current }), {
      mode: 0o400,
    })
    await broker.kill9()
    await expectRefused({ BROKER_KEYFILE: other }, /BROKER_KEYFILE|key/)
    await broker.restart()
    await expectWorks()
  }, 60_000)

  it('that was lost is recovered from the file for the offline recipient', async () => {
    const { broker } = world
    await broker.restart({ BROKER_RECOVERY_RECIPIENT: OFFLINE.recipient })
    const kept = join(broker.stateDir, 'recovery.age')
    const { current } = JSON.parse(await readFile(keyfile, 'utf8'))
    expect(await readFile(kept, 'utf8')).not.toContain(current.key)

    await broker.kill9()
    await rm(keyfile)
    const ran = await broker.cli(['key', 'recover', kept, keyfile], { stdin: OFFLINE.identity })
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.stdout + ran.stderr).not.toContain(current.key)
    await broker.restart()
    expect(await inUse()).toBe(current.id)
    await expectWorks()
  }, 60_000)
})
