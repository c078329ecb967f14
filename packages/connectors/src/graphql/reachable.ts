import { type GraphQLSchema, getNamedType, isAbstractType, isCompositeType } from 'graphql'

/** Whether an answer of this type can be asked for one of these fields (`Type.field`), however deep and behind any interface. */
export function canAnswerWith(
  schema: GraphQLSchema,
  type: string,
  fields: (name: string) => boolean,
  seen: Set<string> = new Set(),
): boolean {
  const composite = schema.getType(type)
  if (!isCompositeType(composite) || seen.has(type)) return false
  seen.add(type)
  if (isAbstractType(composite) && schema.getPossibleTypes(composite).some((each) => enters(each.name)))
    return true
  if (!('getFields' in composite)) return false
  return Object.values(composite.getFields()).some(
    (field) => fields(`${type}.${field.name}`) || enters(getNamedType(field.type).name),
  )

  function enters(name: string): boolean {
    return canAnswerWith(schema, name, fields, seen)
  }
}
