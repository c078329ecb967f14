import fc from 'fast-check'
import { expect, it } from 'vitest'
import { comparableUrl } from './request-url.ts'

it('comparing is settled after one pass: a normal form is its own normal form', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
      const normal = comparableUrl(url)
      expect(normal).toBeDefined()
      expect(comparableUrl(normal as string)).toBe(normal)
      expect(comparableUrl(url.replace(/[?#].*/, ''))).toBe(normal)
    }),
  )
})

it('an escaped slash, dot segment or percent sign never turns into a real one', () => {
  const url = (path: string) => comparableUrl(`https://b.example${path}`)
  expect(url('/a%2fb')).toBe('https://b.example/a%2Fb')
  expect(url('/a%2fb')).not.toBe(url('/a/b'))
  expect(url('/a%252e%252e/b')).toBe('https://b.example/a%252e%252e/b')
  expect(url('/%7ealice')).toBe(url('/~alice'))
})

it.each([
  'ftp://b.example/',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'https://user@b.example/',
  'https://:pw@b.example/',
  'https://',
  '//b.example/',
  '/v1',
  '',
  `https://b.example/${'a'.repeat(2048)}`,
])('%s is compared with nothing', (url) => {
  expect(comparableUrl(url)).toBeUndefined()
})
