import { describe, expect, it } from 'vitest'
import { answerHeaders } from './answer-headers.ts'

const head = (name: string, value: string) =>
  answerHeaders([[name, value]], {
    origin: 'https://api.example.com',
    prefix: '/gateway/api',
    target: '/v1/orders?page=1',
    clean: (text) => !text.includes('secret'),
  })[0]?.[1]

describe('the head of an answer', () => {
  it('addresses lead back through the gateway, or are not shown', () => {
    for (const [value, shown] of [
      ['/v1/a?b=c', '/gateway/api/v1/a?b=c'],
      ['next', '/gateway/api/v1/next'],
      ['https://api.example.com/x', '/gateway/api/x'],
      ['https://api.example.com:444/x', undefined],
      ['http://api.example.com/x', undefined],
      ['//evil.example/x', undefined],
      ['\\\\evil.example/x', undefined],
      ['https://api.example.com@evil.example/', undefined],
      ['https://u:p@api.example.com/', undefined],
      ['javascript:alert(1)', undefined],
    ] as const)
      expect(head('location', value), value).toBe(shown)
  })

  it('links are taken all or none', () => {
    expect(head('link', '</v1/o?page=2>; rel="next", <https://api.example.com/v1/o?page=9>; rel=last')).toBe(
      '</gateway/api/v1/o?page=2>; rel="next", </gateway/api/v1/o?page=9>; rel=last',
    )
    for (const value of [
      '<https://evil.example>; rel=next',
      '</a>; rel=next, <//evil.example>',
      'none',
      '</a>; x=">"',
    ])
      expect(head('link', value), value).toBeUndefined()
  })

  it('only what is on the list, and nothing that carries a secret or a control character', () => {
    expect(head('etag', '"1"')).toBe('"1"')
    expect(head('ratelimit-reset', '1')).toBe('1')
    expect(head('etag', '"secret"')).toBeUndefined()
    expect(head('etag', 'a\u0000b')).toBeUndefined()
    for (const name of [
      'set-cookie',
      'www-authenticate',
      'authentication-info',
      'alt-svc',
      'refresh',
      'x-anything',
    ])
      expect(head(name, 'x'), name).toBeUndefined()
  })
})
