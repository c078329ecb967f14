import { isDangerous } from '@credbroker/core/access'
import { expect, it } from 'vitest'
import { type ConnectorBench, operationsOf, readerOf, STRANGE_ANSWERS } from './subject.ts'

export function reach(bench: ConnectorBench): void {
  const { connector, subject, spec } = bench
  const accessOf = (request: (typeof subject.samples)[number]['request']) =>
    operationsOf(bench, request).flatMap((operation) => connector.access(operation, spec).access)

  it('says what an operation does, never less', () => {
    for (const { request, access } of subject.samples)
      expect(accessOf(request)).toEqual(expect.arrayContaining([...access]))
    expect(subject.samples.flatMap(({ request }) => accessOf(request)).some(isDangerous)).toBe(true)
  })

  it('an operation that it does not know is admin over both sides', () => {
    for (const name of ['no-such-operation', 'constructor', 'query.constructor', '__proto__', '']) {
      const effect = connector.access({ name, arguments: {} }, spec)
      expect(effect.access).toContain('admin')
      expect(effect.touches).toEqual(['primary', 'backup'])
      expect(effect.erases).toEqual(['primary', 'backup'])
    }
  })

  it('resolves what a call touches to anchors, and asks the vendor afresh for what is dangerous', async () => {
    for (const { request, anchors, operation } of subject.samples) {
      const { reader, asked } = readerOf(bench)
      const found = await connector.resolve(operationsOf(bench, request), spec, reader)
      expect(found, operation).toMatchObject({ is: 'resolved', anchors })
      if (accessOf(request).some(isDangerous)) expect(asked.every(({ fresh }) => fresh)).toBe(true)
      for (const { request } of asked) expect(JSON.stringify(request)).not.toContain(subject.secret)
    }
  })

  it('what the vendor does not know, forbids or answers strangely is unresolved, and looks alike', async () => {
    for (const { request, operation } of subject.samples)
      for (const answer of STRANGE_ANSWERS) {
        const { reader, asked } = readerOf(bench, () => answer)
        const found = await connector.resolve(operationsOf(bench, request), spec, reader)
        if (asked.length > 0) expect(found, operation).toEqual({ is: 'unresolved' })
      }
  })
}
