import { Secret } from '@credbroker/core/secret'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactor } from './redactor.ts'

const secret = 'rw_live/9f3c+"é 4e1b\\a7'

/** Cuts at the given places, in order, and puts what comes out together again. */
function through(bytes: Buffer, cuts: readonly number[], redact = redactor([new Secret(secret)])): string {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  const out = places.slice(1).map((to, index) => redact.write(bytes.subarray(places[index], to)))
  return Buffer.concat([...out, redact.end()]).toString()
}

const forms: readonly (readonly [string, string])[] = [
  ['as it is', secret],
  ['in JSON', JSON.stringify({ secret })],
  ['in JSON with escaped slashes', JSON.stringify({ secret }).replaceAll('/', '\\/')],
  ['in a URL', encodeURIComponent(secret)],
  ['in a URL in lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
  ['in a form', encodeURIComponent(secret).replaceAll('%20', '+')],
  ['in hex', Buffer.from(secret).toString('hex')],
  ...['', 'u', 'u:', 'usr', 'user:'].map(
    (before) =>
      [`in base64 after “${before}”`, Buffer.from(`${before}${secret}`).toString('base64')] as const,
  ),
  ['in base64url', Buffer.from(secret).toString('base64url')],
]

describe('a secret never comes back (I1)', () => {
  it.each(forms)('%s, wherever the chunks are cut', (_, form) => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.array(fc.nat(), { maxLength: 12 }), (before, after, cuts) => {
        const whole = Buffer.from(`${before}${form}${after}`)
        const seen = through(whole, cuts)
        expect(seen).toContain('[secret]')
        expect(seen).not.toContain(form)
      }),
    )
  })

  it('leaves everything else as it was, byte by byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
        expect(through(Buffer.from(bytes), cuts)).toBe(Buffer.from(bytes).toString())
      }),
    )
  })

  it('holds back no more than the beginning of a secret', () => {
    const redact = redactor([new Secret(secret)])
    expect(Buffer.from(redact.write(Buffer.from('data: hello rw_l'))).toString()).toBe('data: hello ')
    expect(Buffer.from(redact.write(Buffer.from('ist'))).toString()).toBe('rw_list')
    expect(redact.end().byteLength).toBe(0)
  })

  it('strikes out one that repeats its own beginning', () => {
    const redact = redactor([new Secret('abababac')])
    expect(through(Buffer.from('xababababacx'), [3, 5, 9], redact)).toBe('xab[secret]x')
  })

  it('knows the vendor’s own tokens by their looks', () => {
    const shape = { prefix: 'npm_', atLeast: 36 }
    const token = `npm_${'a1'.repeat(18)}`
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 6 }), (cuts) => {
        expect(through(Buffer.from(`{"token":"${token}"} npm_short`), cuts, redactor([], [shape]))).toBe(
          '{"token":"[secret]"} npm_short',
        )
      }),
    )
  })
})
