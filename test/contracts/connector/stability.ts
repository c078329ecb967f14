import { bodyOf } from '@credbroker/connectors/body-of'
import type { ClientRequest, UpstreamRequest } from '@credbroker/connectors/request'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ConnectorBench, operationsOf } from './subject.ts'

const asClient = (request: UpstreamRequest): ClientRequest => ({
  method: request.method,
  target: request.target,
  headers: Object.entries(request.headers),
  body: bodyOf(request) ?? Buffer.alloc(0),
})

export function stability(bench: ConnectorBench): void {
  const { connector, subject, spec } = bench
  const samples = fc.constantFrom(...subject.samples)

  it('what is sent reads as the same operations, and is written the same again', () => {
    for (const { request, operation } of subject.samples) {
      const operations = operationsOf(bench, request)
      expect(operations[0].name).toBe(operation)
      const sent = connector.rebuild(operations, spec)
      expect(operationsOf(bench, asClient(sent))).toEqual(operations)
      expect(connector.rebuild(operationsOf(bench, asClient(sent)), spec)).toEqual(sent)
    }
  })

  it('operations are plain JSON, so that they can be stored, hashed and shown', () => {
    for (const { request } of subject.samples) {
      const operations = operationsOf(bench, request)
      expect(JSON.parse(JSON.stringify(operations))).toEqual(operations)
    }
  })

  it('a request that one byte was changed in is refused, or means what is sent', () => {
    fc.assert(
      fc.property(
        samples,
        fc.nat(),
        fc.nat({ max: 255 }),
        fc.boolean(),
        ({ request }, at, byte, inTarget) => {
          const body = Buffer.from(request.body)
          if (!inTarget && body.length > 0) body[at % body.length] = byte
          const target = Buffer.from(request.target, 'latin1')
          if (inTarget) target[at % target.length] = byte
          const parsed = connector.parse({ ...request, body, target: target.toString('latin1') }, spec)
          if (parsed.refused !== undefined) return
          const sent = connector.rebuild(parsed.operations, spec)
          expect(operationsOf(bench, asClient(sent))).toEqual(parsed.operations)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('nothing else of the client’s bytes is sent: no header, no spacing, no host', () => {
    fc.assert(
      fc.property(samples, fc.stringMatching(/^[a-z]{12,20}$/), ({ request }, mark) => {
        const headers = [
          'host',
          'authorization',
          'cookie',
          'x-forwarded-host',
          'forwarded',
          'x-original-url',
          'x-rewrite-url',
          'user-agent',
          `x-${mark}`,
        ].map((name) => [name, mark] as const)
        const text = Buffer.from(request.body).toString()
        const body = text.startsWith('{') ? Buffer.from(` \n\t${text} \r\n`) : request.body
        const changed = { ...request, headers: [...headers, ...request.headers], body }
        const sent = connector.rebuild(operationsOf(bench, changed), spec)
        expect(JSON.stringify(sent)).not.toContain(mark)
        expect(sent).toEqual(connector.rebuild(operationsOf(bench, request), spec))
      }),
    )
  })
}
