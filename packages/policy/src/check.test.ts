import { BrokerError } from '@credbroker/core/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EVERYTHING, request, source } from '../test/requests.ts'
import { checkPolicies } from './check.ts'
import { compilePolicies } from './compile.ts'
import { decide } from './decide.ts'

const problems = (...policies: string[]) => checkPolicies([source(...policies)]).problems

describe('a policy that is not understood is not used (I10)', () => {
  it('problems name the file and the very line', () => {
    const text = [
      '// é and other things before it',
      '@id("fine") permit(principal, action == Action::"read", resource);',
      '',
      '@id("typo")',
      'forbid(principal, action, resource)',
      'when {',
      '  resource.environment.tier == Tier::"protected" &&',
      '  resource.environment.colour == "red"',
      '};',
    ]
    expect(problems(...text)).toEqual([
      {
        at: 'test.cedar:8',
        message: expect.stringContaining('colour'),
        place: { source: 'test.cedar', line: 8, column: 3 },
      },
    ])
    // A policy that begins within its line: columns are those of the file.
    const within = [
      'permit(principal, action, resource); permit(principal, action == Action::"raed", resource);',
    ]
    expect(problems(...within)[0]).toMatchObject({
      place: { line: 1, column: Number(within[0]?.indexOf('Action::')) + 1 },
    })
  })

  it.each([
    ['a syntax error', ['// one', '', 'permit(principal, action, resource', ') when { tru };'], 4, 'tru'],
    ['an unfinished text', ['permit(principal,', 'action, resource)'], 2, 'end of input'],
    ['an unknown action', ['permit(principal,', ' action == Action::"raed", resource);'], 2, 'raed'],
    [
      'a tier that does not exist',
      ['forbid(principal, action, resource)', 'when { resource.environment.tier == Tier::"prod" };'],
      2,
      'prod',
    ],
    [
      'an optional attribute read without asking',
      ['forbid(principal, action, resource)', 'when { context.approval.level == Approval::"passkey" };'],
      2,
      'approval',
    ],
    [
      'a misspelt question',
      ['forbid(principal, action, resource)', 'unless { context has aproval };'],
      1,
      'has aproval',
    ],
    ['a template', [EVERYTHING, 'permit(principal == ?principal, action, resource);'], 2, 'templates'],
    [
      'an unknown annotation',
      ['', '@approvel("passkey") forbid(principal, action, resource);'],
      2,
      'annotations',
    ],
    [
      'an unknown approval',
      ['@approval("boss") forbid(principal, action, resource) unless { context has approval };'],
      1,
      '@approval',
    ],
    [
      'an approval on a permit',
      ['@approval("passkey") permit(principal, action, resource) when { context has approval };'],
      1,
      'forbid',
    ],
    [
      'an approval that lifts nothing',
      ['@approval("passkey") forbid(principal, action, resource);'],
      1,
      'context.approval',
    ],
    [
      'an id of ours',
      ['@id("guardrail:environment-holds") permit(principal, action, resource);'],
      1,
      'belong to the broker',
    ],
    ['an id with a direction mark', ['@id("a\u202eb") permit(principal, action, resource);'], 1, '@id'],
    ['an empty id', ['@id permit(principal, action, resource);'], 1, '@id'],
    [
      'a reason with a control character',
      ['@reason("a\\u{1b}[2J") forbid(principal, action, resource);'],
      1,
      '@reason',
    ],
    [
      'the same id twice',
      ['@id("x") permit(principal, action, resource);', '@id("x") forbid(principal, action, resource);'],
      2,
      'taken',
    ],
  ])('%s is refused with its place', (_, lines, line, message) => {
    const found = problems(...lines)
    expect(found[0]?.message).toContain(message)
    expect(found[0]?.at).toBe(`test.cedar:${line}`)
    expect(() => compilePolicies([source(...lines)])).toThrow(BrokerError)
  })

  it('a policy without @id is called after its file and place', () => {
    const { policies } = checkPolicies([source(EVERYTHING, 'forbid(principal, action, resource);')])
    expect(policies.filter(({ guardrail }) => !guardrail).map(({ id, at }) => ({ id, at }))).toEqual([
      { id: 'everything', at: 'test.cedar:1' },
      { id: 'test.cedar#2', at: 'test.cedar:2' },
    ])
  })

  it('a policy that can never apply is a warning', () => {
    const { problems, warnings } = checkPolicies([
      source('permit(principal, action, resource)', 'when { context.ttlSeconds > 5 && false };'),
    ])
    expect(problems).toEqual([])
    expect(warnings).toMatchObject([{ at: 'test.cedar:1', message: expect.stringContaining('impossible') }])
  })

  it('keeps more than ten policies in their order, comments and all', () => {
    const lines = Array.from(
      { length: 12 },
      (_, i) =>
        `// comment; with "signs" ${i}\npermit(principal, action, resource) when { context.ttlSeconds < ${i + 1} }; // end`,
    )
    const own = checkPolicies([source(...lines)]).policies.filter(({ guardrail }) => !guardrail)
    expect(own.map(({ at }) => at)).toEqual(lines.map((_, i) => `test.cedar:${2 * i + 2}`))
    expect(own.map(({ text }) => Number(/< (\d+)/.exec(text)?.[1]))).toEqual(lines.map((_, i) => i + 1))
  })

  it('two sources of one name are refused', () => {
    expect(checkPolicies([source(EVERYTHING), source()]).problems).toEqual([
      { at: 'test.cedar', message: expect.stringContaining('name') },
    ])
  })
})

describe('a text that Cedar’s parser would not survive never reaches it', () => {
  const body = (condition: string) => `permit(principal, action, resource) when { ${condition} };`
  it.each([
    ['brackets', body(`${'('.repeat(5000)}true${')'.repeat(5000)}`)],
    ['unclosed brackets', body('['.repeat(5000))],
    ['calls', body(`${'[1].contains('.repeat(300)}1${')'.repeat(300)}`)],
    ['a long chain', body(Array(3000).fill('context.ttlSeconds == 1').join(' || '))],
    ['a deep chain', body(Array(90).fill('context.ttlSeconds == 1').join(' || '))],
    ['branches', body(`${'if true then true else '.repeat(1200)}true`)],
    [
      'conditions',
      `permit(principal, action, resource) ${'unless { context.ttlSeconds == 1 } '.repeat(600)};`,
    ],
    ['records', body(`${'{a:'.repeat(300)}1${'}'.repeat(300)} == 1`)],
    ['an unclosed string before brackets', `" ${body('('.repeat(5000))}`],
    ['a file of a megabyte', `${EVERYTHING}\n`.repeat(30_000)],
    ['a lone surrogate', body('"\ud800" == "a"')],
  ])('%s', (_, text) => {
    expect(problems(text)).not.toEqual([])
    expect(decide(compilePolicies([source(EVERYTHING)]), request()).verdict).toBe('permit')
  })

  it('whatever passes the bounds leaves Cedar able to decide', () => {
    const set = compilePolicies([source(EVERYTHING)])
    const wrap = fc.constantFrom(
      (inner: string) => `(${inner})`,
      (inner: string) => `!(${inner})`,
      (inner: string) => `[${inner}].contains(${inner.length < 200 ? inner : 'true'})`,
      (inner: string) => `if ${inner} then true else false`,
      (inner: string) => `${inner} || true`,
      (inner: string) => `true && (${inner})`,
      (inner: string) => `{a: ${inner}}.a`,
    )
    fc.assert(
      fc.property(fc.array(wrap, { maxLength: 60 }), (layers) => {
        const text = body(layers.reduce((inner, layer) => layer(inner), 'true'))
        const checked = checkPolicies([source(text)])
        if (checked.problems.length === 0)
          expect(decide(compilePolicies([source(text)]), request()).verdict).toMatch(/permit|deny/)
        expect(decide(set, request()).verdict).toBe('permit')
      }),
      { numRuns: 60 },
    )
  })
})

describe('operations are data', () => {
  it('a policy may name a declared operation and a declared fact, and no other', () => {
    const operations = [
      { id: 'railway:volumeDelete', access: 'delete', facts: { volume: 'string' } },
    ] as const
    const text = (fact: string, id: string) =>
      `forbid(principal, action == Action::"${id}", resource) when { context has facts.${fact} && context.facts.${fact} == "v" };`
    const check = (fact: string, id: string) =>
      checkPolicies([source(text(fact, id))], operations).problems.length
    expect(check('volume', 'railway:volumeDelete')).toBe(0)
    expect(check('volume', 'railway:volumeCreate')).toBe(1)
    expect(check('disk', 'railway:volumeDelete')).toBe(1)
  })

  it.each([
    ['an id that could break out of the schema', [{ id: 'x:"];entity Y;', access: 'read' }]],
    ['an unknown access level', [{ id: 'x:y', access: 'everything' }]],
    [
      'two levels for one operation',
      [
        { id: 'x:y', access: 'read' },
        { id: 'x:y', access: 'delete' },
      ],
    ],
    [
      'a fact of two types',
      [
        { id: 'x:y', access: 'read', facts: { n: 'number' } },
        { id: 'x:z', access: 'read', facts: { n: 'string' } },
      ],
    ],
    ['a fact that is ours', [{ id: 'x:y', access: 'read', facts: { erases: 'string' } }]],
    ['a fact that is no name', [{ id: 'x:y', access: 'read', facts: { __entity: 'string' } }]],
  ])('%s is refused', (_, operations) => {
    expect(checkPolicies([], operations as never).problems).not.toEqual([])
  })

  it('the version changes with a text, a name, an operation, and with nothing else', () => {
    const version = (...arguments_: Parameters<typeof compilePolicies>) =>
      compilePolicies(...arguments_).version
    const base = version([source(EVERYTHING)])
    const other = { name: 'other.cedar', text: 'forbid(principal, action, resource) when { false };' }
    expect(version([source(EVERYTHING)])).toBe(base)
    expect(version([source(EVERYTHING), other])).toBe(version([other, source(EVERYTHING)]))
    expect(
      new Set([
        base,
        version([]),
        version([source(EVERYTHING), other]),
        version([source(EVERYTHING)], [{ id: 'x:y', access: 'read' }]),
      ]).size,
    ).toBe(4)
  })
})
