import { schemaToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { type Node, walk } from './cedar-json.ts'
import { type FactType, isBaseFact, type Vocabulary } from './operations.ts'
import { SCHEMA } from './texts.gen.ts'

const CEDAR_TYPE: Record<FactType, string> = {
  boolean: 'Bool',
  number: 'Long',
  string: 'String',
  strings: 'Set<String>',
  sides: 'Set<Side>',
  environments: 'Set<Environment>',
  backup: 'Backup',
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

let last: { readonly schema: string; readonly names: ReadonlySet<string> } | undefined

/** Every attribute that anything can have: entities, context and the records in them. */
export function attributeNames(words: Vocabulary): ReadonlySet<string> {
  // Reading a schema takes Cedar longer than all the rest, and it is the same from one check to the next.
  const schema = schemaText(words, new Set())
  if (last?.schema !== schema) last = { schema, names: namesIn(schema) }
  return last.names
}

function namesIn(schema: string): ReadonlySet<string> {
  const names = new Set<string>()
  const answer = schemaToJson(schema)
  if (answer.type === 'success')
    walk(answer.json as unknown as Node, (node) => {
      const attributes =
        typeof node === 'object' && node !== null && 'attributes' in node ? node['attributes'] : {}
      for (const name of Object.keys(attributes ?? {})) names.add(name)
      return true
    })
  return names
}
