import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { EVERYTHING, source } from '../test/requests.ts'
import { checkPolicies } from './check.ts'
import { compilePolicies } from './compile.ts'
import { BUILT_IN } from './decision.ts'
import { runCases } from './test-cases.ts'

const page = (name: string): string => readFileSync(join(import.meta.dirname, '../../../docs', name), 'utf8')
const text = page('policy.md')
const gate = page('gate.md')
const blocks = (language: string, of = text): string[] =>
  [...of.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] ?? '')
const casesOf = (of = text) =>
  blocks('yaml', of).map((block) => {
    const [, folder] = /^# (PERMIT|DENY)\//.exec(block) ?? []
    return {
      expect: folder as 'PERMIT' | 'DENY',
      file: block.slice(2, block.indexOf('\n')),
      content: parse(block),
    }
  })

const sources = [{ name: 'docs.cedar', text: blocks('cedar').join('\n') }]
const operations = [{ id: 'railway:volumeDelete', access: 'delete' }] as const

describe('what docs/policy.md shows is true', () => {
  it('its policies are valid, without a warning', () => {
    const { problems, warnings, policies } = checkPolicies(sources, operations)
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] })
    expect(policies.filter(({ guardrail }) => !guardrail).length).toBeGreaterThan(4)
  })

  it('its cases pass', () => {
    const files = casesOf()
    expect(files.length).toBeGreaterThan(2)
    expect(runCases(compilePolicies(sources, operations), files).filter(({ passed }) => !passed)).toEqual([])
  })

  it('what docs/gate.md demands of a client is demanded', () => {
    const demands = [{ name: 'gate.cedar', text: blocks('cedar', gate).join('\n') }]
    expect(checkPolicies(demands)).toMatchObject({ problems: [], warnings: [] })
    const files = casesOf(gate)
    expect(new Set(files.map((file) => file.expect))).toEqual(new Set(['PERMIT', 'DENY']))
    const set = compilePolicies([source(EVERYTHING), ...demands])
    expect(runCases(set, files).filter(({ passed }) => !passed)).toEqual([])
  })

  it('it lists the guardrails that are shipped, and no others', () => {
    const told = new Set(text.match(/`guardrail:[a-z-]+`/g))
    const shipped = checkPolicies([]).policies.map(({ id }) => id)
    expect([...told].sort()).toEqual([...shipped, ...Object.values(BUILT_IN)].map((id) => `\`${id}\``).sort())
  })
})
