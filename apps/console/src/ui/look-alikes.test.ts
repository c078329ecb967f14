import { expect, it } from 'vitest'
import { lookAlikes } from './look-alikes.ts'

it.each([
  ['\u0430pply', 'Letters of Latin and Cyrillic in one word'],
  ['the \u0391lpha', 'Letters of Latin and Greek in one word'],
  ['\u0455\u0441\u043e\u0440\u0435 of it', 'A word of letters that are drawn as Latin ones, and are none'],
  ['ａｐｐｒｏｖｅ', 'Letters or digits that are drawn as plain ones, and are none'],
  ['\u{1d41a}\u{1d429}i', 'Letters or digits that are drawn as plain ones, and are none'],
])('%s is pointed out', (text, why) => expect(lookAlikes(text)).toBe(why))

it.each(['apply', 'Größe', 'почини заказы и примени', 'ελληνικά', '東京 v2', '', 'a и b'])(
  '%s is what it seems',
  (text) => expect(lookAlikes(text)).toBeUndefined(),
)
