import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { needs } from '../harness/services.ts'
import { type NpmWorld, startNpmWorld } from './npm-world.ts'

vi.setConfig({ testTimeout: 120_000 })

const missing = (await needs('npm')) ?? (await needs('openssl'))

describe.skipIf(missing)('npm through `broker exec`', () => {
  let world: NpmWorld
  beforeAll(async () => {
    world = await startNpmWorld()
    const { registry } = world
    await registry.seed({ name: '@acme/lib', version: '1.0.0' })
    await registry.seed({
      name: '@acme/app',
      version: '1.0.0',
      dependencies: { '@acme/lib': '^1.0.0', left: '1' },
    })
    await registry.seed({ name: 'left', version: '1.0.0' })
    await registry.seed({ name: '@live/app', version: '1.0.0' })
    registry.forget()
  }, 180_000)
  afterAll(() => world?.stop())

  it('installs from a registry that answers nobody without a token, which the command never has (I1)', async () => {
    const { registry, broker } = world
    const folder = await world.project('shop', {
      'package.json': { name: 'shop', version: '1.0.0', dependencies: { '@acme/app': '^1.0.0' } },
    })
    const ran = await world.npm('reader', folder, 'install').ended
    expect(ran, ran.stderr + broker.log()).toMatchObject({ code: 0 })
    for (const name of ['@acme/app', '@acme/lib', 'left']) {
      const text = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')
      expect(JSON.parse(text)).toMatchObject({ name, version: '1.0.0' })
    }
    expect(registry.hits).toContain('GET /@acme%2fapp')
    expect(registry.hits).toContain('GET /@acme/app/-/app-1.0.0.tgz')
    const who = await world.npm('reader', folder, 'whoami').ended
    expect(who.stdout.trim()).toBe(registry.user)
    const npmrc = await world.npm('reader', folder, 'config', 'ls', '-l').ended
    for (const text of [ran.stdout, ran.stderr, npmrc.stdout, broker.log()])
      expect(text).not.toContain(registry.token)
  })

  it('what lies in another environment is not installed, and looks like what does not exist (I2)', async () => {
    const folder = await world.project('curious', { 'package.json': { name: 'curious', version: '1.0.0' } })
    world.registry.forget()
    for (const name of ['@live/app', '@live/none', '@other/app']) {
      const ran = await world.npm('reader', folder, 'install', name).ended
      expect(ran.code, name).not.toBe(0)
      expect(ran.stderr).toContain('broker:')
    }
    expect(world.registry.hits.filter((hit) => hit.includes('live') || hit.includes('other'))).toEqual([])
  })
})
