import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkPolicies } from './check.ts'
import { compilePolicies } from './compile.ts'
import { BUILT_IN } from './decision.ts'
import { runCases } from './test-cases.ts'

const text = readFileSync(join(import.meta.dirname, '../../../docs/policy.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] ?? '')

const sources = [{ name: 'docs.cedar', text: blocks('cedar').join('\n') }]
const operations = [{ id: 'railway:volumeDelete', access: 'delete' }] as const

describe('what docs/policy.md shows is true', () => {
  it('its policies are valid, without a warning', () => {
    const { problems, warnings, policies } = checkPolicies(sources, operations)
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] })
    expect(policies.filter(({ guardrail }) => !guardrail).length).toBeGreaterThan(4)
  })

  it('its cases pass', () => {
    const files = blocks('yaml').map((block) => {
      const [, folder] = /^# (PERMIT|DENY)\//.exec(block) ?? []
      return {
        expect: folder as 'PERMIT' | 'DENY',
        file: block.slice(2, block.indexOf('\n')),
        content: parse(block),
      }
    })
    expect(files.length).toBeGreaterThan(2)
    expect(runCases(compilePolicies(sources, operations), files).filter(({ passed }) => !passed)).toEqual([])
  })

  it('it lists the guardrails that are shipped, and no others', () => {
    const told = new Set(text.match(/`guardrail:[a-z-]+`/g))
    const shipped = checkPolicies([]).policies.map(({ id }) => id)
    expect([...told].sort()).toEqual([...shipped, ...Object.values(BUILT_IN)].map((id) => `\`${id}\``).sort())
  })
})
