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
