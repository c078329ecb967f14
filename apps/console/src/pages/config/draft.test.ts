import { describe, expect, it } from 'vitest'
import { documentOf, draftOf, type Field, sortProblems } from './draft.ts'
import { AGENT_FORM, ENVIRONMENT_FORM, ROOT_FORM, SCOPE_FORM, TEAM_FORM, USER_FORM } from './forms.ts'

const DOCUMENTS = [
  [
    ENVIRONMENT_FORM,
    { tier: 'standard', backups: ['b'], anchors: [{ vendor: 'http', id: 'h', shared: false }] },
  ],
  [
    SCOPE_FORM,
    { root: 'r', environment: 'e', side: 'primary', maxTtl: '15m', access: ['read'], allow: { x: [1] } },
  ],
  [AGENT_FORM, { owner: 'mia', teams: [], maxTask: '8h', trust: [] }],
  [USER_FORM, { roles: ['viewer', 'admin'] }],
  [TEAM_FORM, { description: 'who ships' }],
  [ROOT_FORM, { owner: 'mia', recovery: { backups: 'a vault', separateAuthority: true } }],
] as const

describe('forms of the configuration', () => {
  it.each(DOCUMENTS)('a document that nobody touched comes back as it was', (form, document) => {
    expect(documentOf(form, draftOf(form, document))).toEqual({ document, problems: {} })
  })

  const fields: readonly Field[] = [
    { at: 'owner', label: 'Owner', required: true, as: { kind: 'text' } },
    { at: 'allow', label: 'Allow', as: { kind: 'json' } },
  ]

  it('what is missing and what is no JSON is told by its field, without a word of it', () => {
    const { problems } = documentOf(fields, { owner: ' ', allow: '{ sk_live' })
    expect(problems).toEqual({ owner: 'is missing', allow: 'is not JSON' })
  })

  it('refusals of the broker find their field; what belongs to none is told all the same', () => {
    const told = [
      { at: 'allow.operations.list', message: 'is unknown' },
      { at: 'allow', message: 'is empty' },
      { at: 'allowance', message: 'is no field' },
    ]
    expect(sortProblems(fields, told)).toEqual({
      byField: { allow: 'operations.list: is unknown; is empty' },
      others: ['allowance: is no field'],
    })
  })
})
