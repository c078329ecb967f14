import { type FactType, isBaseFact, type Vocabulary } from './operations.ts'
import { SCHEMA } from './texts.gen.ts'

const CEDAR_TYPE: Record<FactType, string> = {
  boolean: 'Bool',
  number: 'Long',
  string: 'String',
  strings: 'Set<String>',
  sides: 'Set<Side>',
  environments: 'Set<Environment>',
}
const MARK = '// + facts of connectors'

/**
 * The Cedar schema that policies are held to: ours, and what the connectors add. `only` leaves out operations that
 * no policy names: hundreds of them would make validation slow and change nothing.
 */
export function schemaText(words: Vocabulary, only?: ReadonlySet<string>): string {
  const facts = [...words.facts]
    .filter(([name]) => !isBaseFact(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, type]) => `${name}?: ${CEDAR_TYPE[type]},`)
  const actions = [...words.operations]
    .filter(([id]) => only === undefined || only.has(id))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([id, access]) =>
        `action "${id}" in [Action::"${access}"]\n  appliesTo { principal: Agent, resource: Scope, context: Context };\n`,
    )
  return SCHEMA.replace(MARK, () => facts.join('\n  ') || MARK) + actions.join('')
}
