import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from './shops.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

describe('an agent at work in staging', () => {
  it('prints a role', async () => {
    const ran = await world.broker.cli(
      [
        'exec',
        '--env',
        'staging',
        '--scope',
        'orders-ro',
        '--purpose',
        'x',
        '--',
        'psql',
        '-XAtc',
        'select current_user',
      ],
      { profile: 'fixer' },
    )
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^brk_/) })
  })
})
