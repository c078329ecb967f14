import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { generateConnectorRegistry } from '../../../scripts/registry.ts'
import { CONNECTORS } from './registry.gen.ts'

describe('the registry of connectors', () => {
  it('holds every file of the folder, under the name that its kind gives itself', async () => {
    for (const [name, load] of CONNECTORS) expect((await load()).kind).toBe(name)
    const text = await readFile(new URL('./registry.gen.ts', import.meta.url), 'utf8')
    for (const line of generateConnectorRegistry().split('\n')) expect(text).toContain(line.trim())
  })
})
