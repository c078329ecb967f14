import { z } from 'zod'

interface Node {
  readonly $ref?: string
  /** Several: any of them, which here is any JSON. */
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly allOf?: readonly Node[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Node | boolean
  readonly items?: Node
}

/** A schema as a reader of JSON wants it: `{ name: string, tier: "standard" | "protected", note?: string }`. */
export const shapeOf = (schema: z.ZodType): string =>
  text(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as Node, '')

function text(node: Node, indent: string): string {
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

function list(items: Node, indent: string): string {
  const item = text(items, indent)
  const choice = items.anyOf ?? items.oneOf ?? items.enum
  return choice && item.includes(' | ') ? `(${item})[]` : `${item}[]`
}

function object(node: Node, indent: string): string {
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
