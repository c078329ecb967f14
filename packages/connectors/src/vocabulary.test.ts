import { readFile } from 'node:fs/promises'
import { mostDangerous } from '@credbroker/core/access'
import { describe, expect, it } from 'vitest'
import { generateCatalogue } from '../scripts/catalogue.ts'
import { KNOWN_CONNECTORS } from './catalogue.gen.ts'
import { CONNECTORS } from './registry.gen.ts'
import { VOCABULARY } from './vocabulary.ts'

describe('what is known of connectors without loading them', () => {
  it('is what the kinds themselves say', async () => {
    const text = await readFile(new URL('./catalogue.gen.ts', import.meta.url), 'utf8')
    expect(text).toBe(generateCatalogue())
    expect([...KNOWN_CONNECTORS.keys()]).toEqual([...CONNECTORS.keys()])
  })

  it('gives policies each operation once, by the most dangerous of its levels (I4b)', () => {
    const byId = new Map(VOCABULARY.map(({ id, access }) => [id, access]))
    expect(byId.size).toBe(VOCABULARY.length)
    expect(byId.get('railway:volumeDelete')).toBe('delete')
    expect(byId.get('railway:query.variables')).toBe('secret')
    expect(mostDangerous(['write', 'secret', 'execute'])).toBe('execute')
    expect(mostDangerous(['secret', 'write'])).toBe('secret')
    expect(mostDangerous(['delete', 'admin', 'execute'])).toBe('admin')
    expect(mostDangerous([])).toBe('admin')
  })
})
