import { expect, it } from 'vitest'
import { consoleUrl } from './console-url.ts'

it('the pages are where agents find the broker, but at a name where that is a loopback address', () => {
  expect(consoleUrl('https://broker.example.com')).toBe('https://broker.example.com')
  expect(consoleUrl('https://example.com/broker')).toBe('https://example.com/broker')
  expect(consoleUrl('http://127.0.0.1:4747')).toBe('http://localhost:4747')
  expect(consoleUrl('http://[::1]:4747')).toBe('http://localhost:4747')
  expect(consoleUrl('http://localhost:4747')).toBe('http://localhost:4747')
})
