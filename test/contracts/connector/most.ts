import { ACCESS, SIDES, sortAccess } from '@credbroker/core/access'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ConnectorBench } from './subject.ts'

export function most({ connector, subject, spec }: ConnectorBench): void {
  const all = connector.operations(spec)
  const byName = new Map(all.map((operation) => [operation.name, operation]))

  it('names each operation once, with levels and sides in their order', () => {
    expect(byName.size).toBe(all.length)
    for (const { name, access, touches, erases } of all) {
      expect(access.length, name).toBeGreaterThan(0)
      expect(access, name).toEqual(sortAccess(access))
      expect(access.every((level) => ACCESS.includes(level))).toBe(true)
      expect([...touches, ...erases].every((side) => SIDES.includes(side))).toBe(true)
      expect(touches, name).toEqual(expect.arrayContaining([...erases]))
    }
  })

  it('a catalogue that everybody shares says the same of them', () => {
    if (connector.catalogue)
      for (const operation of all)
        expect(connector.catalogue.find(({ name }) => name === operation.name)).toEqual(operation)
  })

  it('no request does more than its operation was said to do at most', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...subject.samples),
        fc.nat(),
        fc.nat({ max: 255 }),
        ({ request }, at, byte) => {
          const body = Buffer.from(request.body)
          if (body.length > 0 && byte > 0) body[at % body.length] = byte
          const parsed = connector.parse({ ...request, body }, spec)
          if (parsed.refused !== undefined) return
          for (const operation of parsed.operations) {
            const said = byName.get(operation.name)
            const does = connector.access(operation, spec)
            expect(said?.access).toEqual(expect.arrayContaining([...does.access]))
            expect(said?.touches).toEqual(expect.arrayContaining([...does.touches]))
            expect(said?.erases).toEqual(expect.arrayContaining([...does.erases]))
          }
        },
      ),
      { numRuns: 200 },
    )
    for (const { request } of subject.samples) expect(connector.parse(request, spec).refused).toBeUndefined()
  })
}
