import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Registry, startVerdaccio } from './verdaccio.ts'

let registry: Registry
beforeAll(async () => {
  registry = await startVerdaccio()
})
afterAll(() => registry.stop())

it('is a registry that knows its user, keeps what is seeded, and answers nobody without a token', async () => {
  await registry.seed({ name: '@acme/app', version: '1.0.0' })
  expect(await registry.versions('@acme/app')).toEqual(['1.0.0'])
  expect(await registry.versions('@acme/none')).toEqual([])
  expect(await (await registry.ask('GET', '/-/whoami')).json()).toEqual({ username: registry.user })
  const { status } = await registry.ask('GET', '/@acme/app/-/app-1.0.0.tgz')
  expect(status).toBe(200)
})
