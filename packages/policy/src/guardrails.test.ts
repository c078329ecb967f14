import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { generatePolicyTexts } from '../scripts/generate.ts'
import { EVERYTHING, source } from '../test/requests.ts'
import { checkPolicies } from './check.ts'
import { compilePolicies } from './compile.ts'
import { type CaseFile, runCases } from './test-cases.ts'
import { GUARDRAILS } from './texts.gen.ts'

const folder = join(import.meta.dirname, '..', 'guardrails')
const casesIn = (expected: CaseFile['expect']): CaseFile[] =>
  readdirSync(join(folder, expected)).flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, expected, file), 'utf8')).map((document, index) => ({
      expect: expected,
      file: `${expected}/${file}#${index + 1}`,
      content: document.toJS() as unknown,
    })),
  )

const files = [...casesIn('PERMIT'), ...casesIn('DENY')]
const permissive = compilePolicies(
  [source(EVERYTHING)],
  [
    { id: 'railway:volumeDelete', access: 'delete' },
    { id: 'railway:serviceRedeploy', access: 'write' },
  ],
)

describe('guardrails hold against a policy that permits everything (I2, I4, I4c, I5)', () => {
  it.each(runCases(permissive, files))('$file: $name', ({ message, passed }) => {
    expect(message).toBeUndefined()
    expect(passed).toBe(true)
  })

  it('each of them is shown to decide some case', () => {
    const named = new Set(files.flatMap(({ content }) => (content as { decidedBy?: string }).decidedBy ?? []))
    const shipped = permissive.policies.filter(({ guardrail }) => guardrail).map(({ id }) => id)
    expect([...named].sort()).toEqual(shipped.sort())
  })

  it('they validate without a warning, and each tells the agent why', () => {
    const { problems, warnings, policies } = checkPolicies([])
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] })
    expect(policies.length).toBeGreaterThan(0)
    for (const policy of policies) {
      expect(policy).toMatchObject({ guardrail: true, effect: 'forbid', reason: expect.any(String) })
    }
  })

  it('the module that ships them is what the files say', () => {
    expect(readFileSync(join(import.meta.dirname, 'texts.gen.ts'), 'utf8')).toBe(generatePolicyTexts())
    expect(GUARDRAILS.map(({ name }) => name)).toEqual(
      readdirSync(folder)
        .filter((file) => file.endsWith('.cedar'))
        .sort()
        .map((file) => `guardrails/${file}`),
    )
  })
})
