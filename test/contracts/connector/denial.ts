import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConnectorBench } from './subject.ts'

const UNPLAIN_PATHS = [
  '//x',
  '/./x',
  '/../x',
  '/%2e%2e/x',
  '/x%2fy',
  '/x%5cy',
  '/x\\y',
  '/x;y=1/z',
  '/x%3by',
  '/x%00',
  '/x%0d%0aHost:%20evil',
  '/x%252e',
  '/x#y',
  '/é',
  '/%c3%a9',
  '/%zz',
  'x',
  'https://evil.example/x',
  `/${'x'.repeat(9000)}`,
]

const HOSTILE_HEADERS = [
  ['X-HTTP-Method-Override', 'DELETE'],
  ['x-method-override', 'DELETE'],
  ['Content-Encoding', 'gzip'],
  ['Upgrade', 'websocket'],
  ['Expect', '100-continue'],
] as const

export function denial({ connector, subject, spec }: ConnectorBench): void {
  for (const [what, request] of Object.entries(subject.refused))
    it(`refuses ${what}`, () => expect(connector.parse(request, spec).refused).toBeTypeOf('string'))

  describe.each(subject.samples.map((sample) => [sample.operation, sample] as const))(
    '%s',
    (_, { request }) => {
      const refused = (changed: Partial<typeof request>) =>
        expect(connector.parse({ ...request, ...changed }, spec).refused).toBeTypeOf('string')

      it('is refused by other methods', () => {
        const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'CONNECT', 'get', 'QUERY']
        for (const method of others.filter((each) => each !== request.method))
          if (!subject.samples.some((sample) => sample.request.method === method)) refused({ method })
      })

      it('is refused with a path that can be read in two ways', () => {
        for (const path of UNPLAIN_PATHS) {
          refused({ target: path })
          if (!/^[a-z]/.test(path)) refused({ target: `${request.target.split('?')[0]}${path}` })
        }
      })

      it('is refused with a query that nobody declared, or one given twice', () => {
        const [path = '', query] = request.target.split('?')
        refused({ target: `${path}?${query ? `${query}&` : ''}undeclared=1` })
        refused({ target: `${path}?_method=DELETE` })
        if (query) refused({ target: `${path}?${query}&${query}` })
      })

      it('is refused with a header that makes it another request', () => {
        for (const header of HOSTILE_HEADERS) refused({ headers: [...request.headers, header] })
      })

      it('is refused with a body that is not its own', () => {
        const text = Buffer.from(request.body).toString()
        refused({ body: Buffer.alloc(300 * 1024, ' ') })
        refused({ body: Buffer.concat([Buffer.from([0xff, 0xfe]), request.body]) })
        refused({ body: Buffer.concat([request.body, Buffer.from('\0')]) })
        if (!text.startsWith('{')) return
        refused({ body: Buffer.from(`\ufeff${text}`) })
        refused({ body: Buffer.from(`[${text}]`) })
        refused({ body: Buffer.from(text.replace('{', '{"undeclared":1,')) })
        refused({ body: Buffer.from(text.replace(/^\{("[^"]+"):/, '{$1:"twice",$1:')) })
        refused({ headers: [['content-type', 'text/plain']] })
        refused({ headers: [...request.headers, ['Content-Type', 'application/json']] })
      })
    },
  )

  it('answers any request at all with operations or a refusal, never with an error', () => {
    const anyRequest = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
      target: fc.oneof(
        fc.string(),
        fc.webPath(),
        fc.constantFrom(...subject.samples.map((s) => s.request.target)),
      ),
      headers: fc.constant([['content-type', 'application/json']] as const),
      body: fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)),
    })
    fc.assert(
      fc.property(anyRequest, (request) => {
        const parsed = connector.parse(request, spec)
        expect(parsed.refused !== undefined || parsed.operations.length > 0).toBe(true)
      }),
    )
  })
}
