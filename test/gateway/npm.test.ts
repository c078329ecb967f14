import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Approver } from '../harness/approver.ts'
import { person } from '../harness/person.ts'
import { needs } from '../harness/services.ts'
import { type NpmRun, type NpmWorld, startNpmWorld } from './npm-world.ts'

vi.setConfig({ testTimeout: 120_000 })

const missing = await needs('npm')

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

  describe('publishes only what a person approved (I4)', () => {
    let ada: Approver
    beforeAll(async () => {
      ada = new Approver(await person(world.broker, 'ada'))
    })

    const lib = (version: string, more: object = {}) =>
      world.project(`lib-${version}`, {
        'package.json': { name: '@acme/lib', version, scripts: { postinstall: 'node index.js' } },
        'index.js': 'process.exit(0)',
        // More than anybody else may send.
        'data.txt': randomBytes(600_000).toString('hex'),
        ...more,
      })
    /** The question that npm waits for. */
    const asked = async (run: NpmRun) => {
      const question = await vi.waitFor(
        () => {
          const [id] = /apr_[A-Za-z0-9]+/.exec(run.said) ?? []
          if (id === undefined) throw new Error(`nobody was asked: ${run.said}`)
          return id
        },
        { timeout: 60_000, interval: 100 },
      )
      const found = (await ada.waiting()).find(({ id }) => id === question)
      if (!found) throw new Error(`${question} does not wait: ${run.said}`)
      return found
    }

    it('waits, shows what would run where, and goes out byte by byte when they have', async () => {
      const { registry } = world
      const folder = await lib('1.1.0')
      const run = world.npm('publisher', folder, 'publish', folder)
      const { id, requests = [], work } = await asked(run)
      expect(work).toMatchObject({ agent: 'fixer', scope: 'publisher' })
      const [only] = requests
      if (!only || requests.length !== 1) throw new Error('one request is asked about')
      const { operations, facts, access } = only
      expect(access).toEqual(['write', 'execute'])
      expect(facts).toMatchObject({
        tag: 'latest',
        latest: '1.0.0',
        newPackage: false,
        files: 3,
        installScripts: ['postinstall'],
      })
      expect(operations).toMatchObject([
        { name: 'publish', arguments: { name: '@acme/lib', version: '1.1.0' } },
      ])
      // The file itself is nothing to read.
      expect(JSON.stringify(requests).length).toBeLessThan(20_000)
      expect(await registry.versions('@acme/lib')).toEqual(['1.0.0'])

      await ada.approve(id)
      const ran = await run.ended
      expect(ran, ran.stderr + world.broker.log()).toMatchObject({ code: 0 })
      expect(ran.stdout).toContain('+ @acme/lib@1.1.0')
      expect(await registry.versions('@acme/lib')).toEqual(['1.0.0', '1.1.0'])
      const tarball = await registry.ask('GET', '/@acme/lib/-/lib-1.1.0.tgz')
      const digest = createHash('sha512').update(Buffer.from(await tarball.arrayBuffer()))
      expect(facts['integrity']).toBe(`sha512-${digest.digest('base64')}`)
      expect(registry.hits.filter((hit) => hit.startsWith('PUT'))).toEqual(['PUT /@acme%2flib'])
    })

    it('ends with what the person said, and publishes nothing, when they deny it', async () => {
      const { registry } = world
      registry.forget()
      const folder = await lib('1.2.0')
      const run = world.npm('publisher', folder, 'publish', folder)
      const { id } = await asked(run)
      await ada.answer(id, { verdict: 'deny', reason: 'not before the holidays' })
      const ran = await run.ended
      expect(ran.code).not.toBe(0)
      expect(ran.stderr).toMatch(/npm error .*broker: .*(denied|not before the holidays)/)
      expect(registry.hits.filter((hit) => !hit.startsWith('GET'))).toEqual([])
      expect(await registry.versions('@acme/lib')).not.toContain('1.2.0')
    })

    it('asks for each move of a dist-tag as well, and nobody for what is no operation of the scope', async () => {
      const { registry } = world
      registry.forget()
      const folder = await world.project('hands', { 'package.json': { name: 'hands', version: '1.0.0' } })
      const moved = world.npm('publisher', folder, 'dist-tag', 'add', '@acme/lib@1.0.0', 'latest')
      const { id, requests } = await asked(moved)
      expect(requests).toMatchObject([{ facts: { tag: 'latest', versionBefore: '1.1.0' } }])
      await ada.approve(id)
      expect(await moved.ended).toMatchObject({ code: 0 })
      const mutations = () => registry.hits.filter((hit) => !hit.startsWith('GET'))
      expect(mutations()).toEqual(['PUT /-/package/@acme%2flib/dist-tags/latest'])

      const reading = await lib('1.3.0')
      for (const [scope, ...args] of [
        ['reader', 'publish', reading],
        ['publisher', 'unpublish', '@acme/lib', '--force'],
        ['publisher', 'deprecate', '@acme/lib@1.0.0', 'old'],
        ['publisher', 'owner', 'add', 'eve', '@acme/lib'],
        ['publisher', 'token', 'list'],
        ['publisher', 'access', 'set', 'status=public', '@acme/lib'],
      ] as const) {
        const ran = await world.npm(scope, folder, ...args).ended
        expect(ran.code, args.join(' ')).not.toBe(0)
        expect(ran.stderr, args.join(' ')).toContain('broker:')
      }
      expect(mutations()).toHaveLength(1)
      expect(await ada.waiting()).toEqual([])
      expect(await registry.versions('@acme/lib')).toEqual(['1.0.0', '1.1.0'])
    })
  })
})
