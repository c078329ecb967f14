import { configDocument } from '@credbroker/core/config/document'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { placeProblem, readConfig } from './read-config.ts'

const problemsOf = (text: string): string[] => {
  const reading = readConfig(text, 'broker.yaml')
  if (!('problems' in reading)) throw new Error('it was accepted')
  return reading.problems.map(({ file, line, col, message }) => `${file}:${line}:${col}  ${message}`)
}

describe('a fault is named with its line and column', () => {
  it.each([
    ['version: 1\nusers:\n  bob: { rolls: [] }\n', 'broker.yaml:3:10  users.bob.rolls: no such field'],
    ['version: 1\nversion: 1\n', 'broker.yaml:2:1  this key is already there: keep one of them'],
    ['version: 2\n', 'broker.yaml:1:1  version: must be 1'],
    ['', 'broker.yaml:1:1  version: must be 1'],
    ['version: 1\nteams:\n  Big: {}\n', /^broker.yaml:3:3 {2}teams.Big: a name is lower-case/],
    [
      'version: 1\nusers:\n  bob:\n    roles: [viewer, root]\n',
      /^broker.yaml:4:21 {2}users.bob.roles.1: must be viewer,/,
    ],
    [
      'version: 1\nagents:\n  a: { owner: bob, maxTask: 1 week }\n',
      /^broker.yaml:3:20 .*such as 15m, 8h or 900s$/,
    ],
    ['version: 1\nagents:\n  a: {}\n', 'broker.yaml:3:3  agents.a.owner: is missing'],
    ['version: 1\nagents:\n', 'broker.yaml:2:1  agents: must be a map (`{}` for none)'],
  ])('%j', (text, expected) => {
    const problems = problemsOf(text)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected))
  })

  it('and all of them at once, in the order of the file', () => {
    const text = 'version: 1\nteams: { Big: {} }\nagents: { a: { owner: 1, x: 1 } }\n'
    expect(problemsOf(text).map((line) => line.split('  ')[0])).toEqual([
      'broker.yaml:2:10',
      'broker.yaml:3:16',
      'broker.yaml:3:26',
    ])
  })
})

describe('what lets a reader see something else than the parser does is refused', () => {
  it.each([
    ['an anchor', 'version: &v 1\n'],
    ['an alias', 'version: 1\nteams: *v\n'],
    ['an alias bomb', 'a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nversion: 1\n'],
    ['a merge key', 'version: 1\n<<: { teams: {} }\n'],
    ['a tag', 'version: !!str 1\n'],
    ['a tag of the writer', 'version: !secret 1\n'],
    ['a second document', 'version: 1\n---\nversion: 1\n'],
    ['a key that is a list', 'version: 1\n? [a]\n: b\n'],
    ['a YAML 1.1 document', '%YAML 1.1\n---\nversion: 1\nteams: { on: {} }\n'],
    ['a prototype', 'version: 1\n__proto__: { x: 1 }\n'],
    ['more than 1 MiB', `version: 1 #${'x'.repeat(1024 * 1024)}`],
  ])('%s', (_what, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0)
  })
})

it('I1: no message repeats a value of the file', () => {
  const secret = 'hunter2canary'
  const roots = [`secret: ${secret}`, `owner: "${secret}!"`, `recovery: { lastRestoreTest: ${secret} }`]
  for (const field of roots)
    expect(problemsOf(`version: 1\nroots:\n  a: { provider: p, ${field} }\n`).join()).not.toContain(secret)
  expect(problemsOf(`version: 1\na: "${secret}`).join()).not.toContain(secret)
})

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
const key = fc.stringMatching(/^[a-z.[\]0-9_]{1,8}$/)
/** Without the merge key of YAML, which is refused: see above. */
const value = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('"<<":'))
const document = fc.record({
  version: fc.constant(1),
  environments: fc.dictionary(
    name,
    fc.record({ tier: fc.constantFrom('disposable', 'standard', 'protected') }),
  ),
  agents: fc.dictionary(
    name,
    fc.record({
      owner: name,
      teams: fc.array(name, { maxLength: 3 }),
      maxTask: fc.constantFrom(60, '15m', '8h'),
    }),
  ),
  scopes: fc.dictionary(name, fc.record({ root: name, environment: name, allow: fc.dictionary(key, value) })),
})

describe('whatever the document', () => {
  it('it reads as what was written, however it was laid out', () => {
    fc.assert(
      fc.property(document, fc.constantFrom('block', 'flow'), (value, style) => {
        const text = stringify(value, { collectionStyle: style as 'block', aliasDuplicateObjects: false })
        expect(readConfig(text, 'f')).toMatchObject({ config: configDocument.parse(value) })
      }),
    )
  })

  it('a place named by the server is found at the key that was written there', () => {
    fc.assert(
      fc.property(document, (value) => {
        const text = stringify(value, { aliasDuplicateObjects: false })
        const reading = readConfig(text, 'f')
        if (!('locate' in reading)) throw new Error('refused')
        for (const [kind, entries] of Object.entries(value))
          for (const entry of Object.keys(entries)) {
            const { line, col } = reading.locate(`${kind}.${entry}`)
            expect(text.split('\n')[line - 1]?.slice(col - 1)).toMatch(new RegExp(`^["']?${entry}["']?:`))
          }
      }),
    )
  })

  it('no text and no place makes it throw', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom(...'ab.[]01') }),
        (text, at) => {
          const reading = readConfig(`version: 1\n${text}`, 'f')
          if ('locate' in reading) reading.locate(at)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('a problem of the server', () => {
  const text =
    'version: 1\nscopes:\n  a:\n    root: r\n    environment: e\n    allow: { "public.orders": [x] }\n'
  const reading = readConfig(text, 'b.yaml')
  const locate = 'locate' in reading ? reading.locate : () => ({ line: 0, col: 0 })

  it.each([
    ['scopes.a.root', 'b.yaml:4:5'],
    ['config.scopes.a.root', 'b.yaml:4:5'],
    ['scopes.a.allow.public.orders[0]', 'b.yaml:6:32'],
    ['scopes.a.maxTtl', 'b.yaml:3:3'],
    ['roots.r', 'b.yaml:1:1'],
  ])('at %s is shown at %s', (at, place) => {
    expect(placeProblem({ at, message: 'm' }, 'b.yaml', locate)).toEqual({ at: place, message: `${at}: m` })
  })

  it('that is about no field of the file keeps the place it has', () => {
    const problem = { at: 'host', message: 'm' }
    expect(placeProblem(problem, 'b.yaml', locate)).toBe(problem)
  })
})
