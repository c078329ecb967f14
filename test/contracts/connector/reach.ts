import type { UpstreamReader, UpstreamRequest } from '@credbroker/connectors/request'
import { isDangerous } from '@credbroker/core/access'
import { expect, it } from 'vitest'
import { type ConnectorBench, operationsOf } from './subject.ts'

export function reach(bench: ConnectorBench): void {
  const { connector, subject, spec } = bench
  const accessOf = (request: (typeof subject.samples)[number]['request']) =>
    operationsOf(bench, request).flatMap((operation) => connector.access(operation, spec).access)

  /** A vendor that is asked over `host`, and what it was asked. */
  function vendor(answer = subject.vendor) {
    const asked: { readonly request: UpstreamRequest; readonly fresh: boolean }[] = []
    const reader: UpstreamReader = {
      host: new URL(connector.upstream(connector.root.parse(subject.root)).origin).host,
      read: async (request, { fresh }) => {
        asked.push({ request, fresh })
        return answer(request.body ?? '', request.target)
      },
    }
    return { reader, asked }
  }

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
      const { reader, asked } = vendor()
      const found = await connector.resolve(operationsOf(bench, request), spec, reader)
      expect(found, operation).toMatchObject({ is: 'resolved', anchors })
      if (accessOf(request).some(isDangerous)) expect(asked.every(({ fresh }) => fresh)).toBe(true)
      for (const { request } of asked) expect(JSON.stringify(request)).not.toContain(subject.secret)
    }
  })

  it('what the vendor does not know, forbids or answers strangely is unresolved, and looks alike', async () => {
    const answers = [
      { status: 404, body: '{}' },
      { status: 403, body: '{"errors":[{"message":"Not Authorized"}]}' },
      { status: 200, body: '{"errors":[{"message":"Not found"}],"data":null}' },
      { status: 200, body: '{"data":{}}' },
      { status: 200, body: '' },
      { status: 200, body: 'null' },
      { status: 200, body: '[]' },
      { status: 200, body: '{"data":{"a":{"projectId":{},"edges":1}}}' },
      { status: 302, body: '' },
    ]
    for (const { request, operation } of subject.samples)
      for (const answer of answers) {
        const { reader, asked } = vendor(() => answer)
        const found = await connector.resolve(operationsOf(bench, request), spec, reader)
        if (asked.length > 0) expect(found, operation).toEqual({ is: 'unresolved' })
      }
  })
}
