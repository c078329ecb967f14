import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cedarTokens } from './cedar-tokens.ts'

const kinds = (text: string) =>
  cedarTokens(text)
    .filter(({ kind }) => kind !== 'plain')
    .map(({ kind, text: piece }) => `${kind} ${piece}`)

it('keywords, annotations, strings, types and comments of Cedar are told apart', () => {
  expect(kinds('@id("a") permit(principal, action in [Action::"read"], resource); // permit')).toEqual([
    'annotation @id',
    'string "a"',
    'keyword permit',
    'keyword principal',
    'keyword action',
    'keyword in',
    'type Action',
    'string "read"',
    'keyword resource',
    'comment // permit',
  ])
  expect(kinds('permitted "// no comment" "a\\"b"')).toEqual(['string "// no comment"', 'string "a\\"b"'])
})

it('nothing of a text is lost, however broken it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(
        cedarTokens(text)
          .map(({ text: piece }) => piece)
          .join(''),
      ).toBe(text)
    }),
  )
})
