import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { generateRegistry } from '../scripts/generate.ts'
import { PROVIDERS } from './registry.gen.ts'

describe('the registry of providers', () => {
  it('holds every file of the folder, under the name that its kind gives itself', async () => {
    for (const [name, load] of PROVIDERS) expect((await load()).kind).toBe(name)
    const text = await readFile(new URL('./registry.gen.ts', import.meta.url), 'utf8')
    for (const line of generateRegistry().split('\n')) expect(text).toContain(line.trim())
  })
})
