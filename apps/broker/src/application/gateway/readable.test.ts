import { describe, expect, it } from 'vitest'
import { readable } from './readable.ts'

describe('what an approver is shown of a long argument', () => {
  it('is all of it, as far as a person reads', () => {
    const value = { name: 'a', list: [1, null, true, 'b'.repeat(4000)], deep: { x: 'y' } }
    expect(readable(value)).toEqual(value)
  })

  it('is its beginning, its length and its digest where it is a file', () => {
    const shown = readable({ files: [{ tarball: 'QUJD'.repeat(2000) }] })
    expect(JSON.stringify(shown).length).toBeLessThan(250)
    expect(shown).toMatchObject({
      files: [{ tarball: expect.stringMatching(/^(QUJD){16}… \(8000 characters, SHA-256 [0-9a-f]{64}\)$/) }],
    })
  })

  it('tells two files apart that begin and end alike', () => {
    const of = (middle: string) => readable('A'.repeat(3000) + middle + 'A'.repeat(3000))
    expect(of('B')).not.toEqual(of('C'))
  })
})
