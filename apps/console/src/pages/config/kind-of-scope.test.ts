import type { KindView } from '@credbroker/core/wire/kinds'
import { expect, it } from 'vitest'
import { kindOfScope } from './kind-of-scope.ts'

const kinds = [{ name: 'github' }, { name: 'github-app' }, { name: 'http' }] as KindView[]

it('what a scope allows is said in the words of its connector, or else of its root', () => {
  const of = (connector: string, provider?: string) => kindOfScope(kinds, { connector, provider })?.name
  expect(of('', 'github-app')).toBe('github-app')
  expect(of('github', 'github-app')).toBe('github')
  expect(of('', 'http')).toBe('http')
  expect(of('')).toBeUndefined()
  expect(of('stranger', 'http')).toBeUndefined()
})
