import type { Json } from '@credbroker/core/canonical-json'
import { buildSchema } from 'graphql'
import { type Dialect, GRAPHQL_LIMITS } from '../../graphql/dialect.ts'
import { type RefusalCode, Refused } from '../../refusals.ts'
import { FORMS, type FormName } from '../forms.ts'
import type { GithubSpec } from '../spec.ts'
import { MUTATIONS_SDL } from './mutations-sdl.ts'
import { SDL } from './sdl.ts'
import { fieldName, GRAPHQL_ENTRIES } from './table.ts'

export const schema = buildSchema(`${SDL}${MUTATIONS_SDL}`)

const reads = (form: FormName) => (value: Json) => (FORMS[form](value) ? value : undefined)
const SCALARS: ReadonlyMap<string, (value: Json) => Json | undefined> = new Map([
  ['Base64String', reads('base64')],
  ['DateTime', reads('time')],
  ['GitObjectID', reads('sha')],
  ['GitTimestamp', reads('time')],
])

/** Known, and never allowed. */
const CLOSED: ReadonlyMap<string, RefusalCode> = new Map(
  (
    [
      ['unresolvable', 'query.node query.nodes query.resource query.search transferIssue'],
      ['outside_environments', 'query.viewer query.user query.organization query.enterprise'],
      ['outside_environments', 'query.repositoryOwner createRepository cloneTemplateRepository'],
      ['administration_refused', 'updateRepository archiveRepository unarchiveRepository'],
      ['administration_refused', 'createBranchProtectionRule updateBranchProtectionRule'],
      ['administration_refused', 'deleteBranchProtectionRule createRepositoryRuleset'],
      ['administration_refused', 'updateRepositoryRuleset deleteRepositoryRuleset deleteIssue'],
    ] as const
  ).flatMap(([code, names]) => names.split(' ').map((name) => [name, code])),
)

const FIELDS: ReadonlySet<string> = new Set(GRAPHQL_ENTRIES.map(({ name }) => fieldName(name)))

export const dialectOf = ({ operations }: Pick<GithubSpec, 'operations'>): Dialect => ({
  path: '/graphql',
  schema,
  scalars: SCALARS,
  introspection: false,
  limits: GRAPHQL_LIMITS,
  admit(name) {
    const closed = CLOSED.get(name)
    if (closed) throw new Refused(closed, name)
    if (!FIELDS.has(name)) throw new Refused('unclassified')
    if (!operations.some((each) => fieldName(each) === name)) throw new Refused('not_in_scope', name)
  },
})
