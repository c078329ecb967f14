import {
  type FieldNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  GraphQLSkipDirective,
  type GraphQLUnionType,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { Refused } from '../refusals.ts'
import type { Dialect, SelectedField, Selection } from './dialect.ts'
import type { ReadDocument } from './read-document.ts'
import { settle } from './values.ts'

export type VariableValues = NonNullable<Parameters<typeof getArgumentValues>[2]>
type Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType

interface Walk {
  readonly dialect: Dialect
  readonly fragments: ReadDocument['fragments']
  readonly variables: VariableValues
  /** Steps that are left, so that fragments within fragments cannot multiply without end. */
  budget: number
}

/**
 * The fields that a selection really asks for: fragments laid open, `@skip` and `@include` decided, arguments filled in,
 * equal response keys made one. The document must be valid.
 *
 * @throws {Refused} `too_large`, `argument_refused`, `opaque_input`
 */
export function flatten(
  set: SelectionSetNode,
  type: GraphQLObjectType,
  read: ReadDocument,
  variables: VariableValues,
  dialect: Dialect,
): readonly Selection[] {
  const walk = { dialect, fragments: read.fragments, variables, budget: dialect.limits.fields }
  return select([set], type, walk, dialect.limits.depth)
}

function select(
  sets: readonly SelectionSetNode[],
  type: Composite,
  walk: Walk,
  levels: number,
): readonly Selection[] {
  if (levels === 0) throw new Refused('too_large')
  const fields = new Map<string, FieldNode[]>()
  const groups = new Map<string, SelectionSetNode[]>()
  for (const set of sets) collect(set, type, walk, fields, groups)
  const selected: Selection[] = [...fields.values()].map((nodes) => selectField(nodes, type, walk, levels))
  for (const [on, inner] of groups) {
    const select_ = select(inner, walk.dialect.schema.getType(on) as Composite, walk, levels)
    if (select_.length > 0) selected.push({ on, select: select_ })
  }
  return selected
}

function collect(
  set: SelectionSetNode,
  type: Composite,
  walk: Walk,
  fields: Map<string, FieldNode[]>,
  groups: Map<string, SelectionSetNode[]>,
): void {
  for (const selection of set.selections) {
    walk.budget -= 1
    if (walk.budget < 0) throw new Refused('too_large')
    if (!isWanted(selection, walk.variables)) continue
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value
      fields.set(key, [...(fields.get(key) ?? []), selection])
      continue
    }
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? walk.fragments.get(selection.name.value) : selection
    if (!fragment) throw new Refused('document_refused')
    const on = fragment.typeCondition?.name.value ?? type.name
    if (on === type.name || coversAll(on, type, walk))
      collect(fragment.selectionSet, type, walk, fields, groups)
    else if (!isObjectType(type)) groups.set(on, [...(groups.get(on) ?? []), fragment.selectionSet])
  }
}

/** Whether every object that `type` can be is also an `on`. */
function coversAll(on: string, type: Composite, { dialect: { schema } }: Walk): boolean {
  const condition = schema.getType(on)
  if (!isAbstractType(condition)) return false
  return isAbstractType(type)
    ? schema.getPossibleTypes(type).every((each) => schema.isSubType(condition, each))
    : schema.isSubType(condition, type)
}

function isWanted(node: Parameters<typeof getDirectiveValues>[1], variables: VariableValues): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false
  )
}

function selectField(
  nodes: readonly FieldNode[],
  type: Composite,
  walk: Walk,
  levels: number,
): SelectedField {
  const node = nodes[0] as FieldNode
  const field = walk.dialect.schema.getField(type, node.name.value) as GraphQLField<unknown, unknown>
  const values = getArgumentValues(field, node, walk.variables)
  const given = field.args
    .filter(({ name }) => values[name] !== undefined)
    .map(({ name, type }) => [name, settle(values[name], type, walk.dialect, name)] as const)
  const inner = getNamedType(field.type)
  const sets = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []))
  const chosen = isCompositeType(inner) ? select(sets, inner, walk, levels - 1) : undefined
  // Everything in it was skipped: GraphQL has no way to ask for an object with nothing in it.
  const nothing = { field: '__typename' } as const
  return {
    field: node.name.value,
    ...(node.alias && node.alias.value !== node.name.value && { key: node.alias.value }),
    ...(given.length > 0 && { arguments: Object.fromEntries(given) }),
    ...(chosen && { select: chosen.length > 0 ? chosen : [nothing] }),
  }
}
