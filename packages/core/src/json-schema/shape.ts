/** As much of JSON Schema as our schemas use. */
export interface SchemaNode {
  readonly $ref?: string
  /** Several: any of them, which here is any JSON. */
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
  readonly allOf?: readonly SchemaNode[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
}

/** A schema as a reader of JSON wants it: `{ name: string, tier: "standard" | "protected", note?: string }`. */
export const schemaShape = (schema: SchemaNode): string => text(schema, '')

function text(node: SchemaNode, indent: string): string {
  if (node.const !== undefined) return JSON.stringify(node.const)
  if (node.enum && node.enum.length > 12) return 'string'
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(' | ')
  const choices = node.anyOf ?? node.oneOf ?? node.allOf
  if (choices) return [...new Set(choices.map((choice) => text(choice, indent)))].join(' | ')
  if (node.type === 'array') return list(node.items ?? {}, indent)
  if (node.type === 'object') return object(node, indent)
  if (node.type === 'integer') return 'number'
  return typeof node.type === 'string' ? node.type : 'any JSON value'
}

function list(items: SchemaNode, indent: string): string {
  const item = text(items, indent)
  const choice = items.anyOf ?? items.oneOf ?? items.enum
  return choice && item.includes(' | ') ? `(${item})[]` : `${item}[]`
}

function object(node: SchemaNode, indent: string): string {
  const entries = Object.entries(node.properties ?? {})
  if (entries.length === 0)
    return typeof node.additionalProperties === 'object'
      ? `{ [name]: ${text(node.additionalProperties, indent)} }`
      : '{}'
  const lines = entries.map(([name, inner]) => {
    const mark = node.required?.includes(name) ? '' : '?'
    return `${indent}  ${name}${mark}: ${text(inner, `${indent}  `)}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}
