import { expect, it } from 'vitest'
import { inert } from './inert.ts'

it('what an agent wrote cannot turn, hide or move what an approver reads', () => {
  expect(inert('fix \u202egnp.exe')).toBe('fix ⟨U+202E⟩gnp.exe')
  expect(inert('a\u200bb\u00adc\u2066d')).toBe('a⟨U+200B⟩b⟨U+00AD⟩c⟨U+2066⟩d')
  expect(inert('a\nb\u001b[2J')).toBe('a⟨U+000A⟩b⟨U+001B⟩[2J')
  expect(inert('a\nb\rc', { lines: true })).toBe('a\nb⟨U+000D⟩c')
  expect(inert('\u3164\ud800')).toBe('⟨U+3164⟩⟨U+D800⟩')
  expect(inert('<b>Größe 東京 🚀</b>')).toBe('<b>Größe 東京 🚀</b>')
})

it('what is drawn as nothing is shown also where it is no format character', () => {
  expect(inert('a\u034fb\u180bc\u{e0101}d\ufe00')).toBe('a⟨U+034F⟩b⟨U+180B⟩c⟨U+E0101⟩d⟨U+FE00⟩')
  expect(inert('❤\ufe0f')).toBe('❤\ufe0f')
})

it('marks cannot pile up over the lines around', () => {
  const acute = '\u0301'
  expect(inert(`z${acute.repeat(90)}algo`)).toBe(`z${acute.repeat(4)}⟨86 more marks⟩algo`)
  expect(inert('שָׁלוֹם ệ नि')).toBe('שָׁלוֹם ệ नि')
})
