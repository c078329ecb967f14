import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonObject } from './strict-json.ts'

describe('strict JSON', () => {
  it('reads every object as JSON.parse does, with any white space', () => {
    const shallow = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))
    fc.assert(
      fc.property(shallow, fc.constantFrom(undefined, 1, '\t', '\r\n'), (object, space) => {
        const text = JSON.stringify(object, undefined, space)
        expect(parseJsonObject(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses an object that names any member twice, at any depth', () => {
    const name = fc.string()
    fc.assert(
      fc.property(name, fc.jsonValue(), fc.jsonValue(), fc.boolean(), (key, a, b, nested) => {
        const twice = `{${JSON.stringify(key)}:${JSON.stringify(a)},${JSON.stringify(key)} : ${JSON.stringify(b)}}`
        expect(parseJsonObject(nested ? `{"x":[${twice}]}` : twice)).toBeUndefined()
      }),
    )
  })

  it.each(['{"a":1,"\\u0061":2}', '{"":1,"":2}', '{"a\\"":1,"a\\"":2}', '{"__proto__":1,"__proto__":2}'])(
    'sees through escapes: %s',
    (text) => {
      expect(parseJsonObject(text)).toBeUndefined()
    },
  )

  it('lets one name stand in two objects, and as a value', () => {
    expect(parseJsonObject('{"a":{"a":"a"},"b":[{"a":1},{"a":"a\\":"}]}')).toBeDefined()
  })

  it.each(['', 'null', '1', '"x"', '[]', '{', '{}x', "{'a':1}", '{"a":1,}', 'NaN'])('refuses %s', (text) => {
    expect(parseJsonObject(text)).toBeUndefined()
  })

  it('reads eight levels, not nine', () => {
    const nest = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    expect(parseJsonObject(nest(8))).toBeDefined()
    expect(parseJsonObject(nest(9))).toBeUndefined()
  })
})
