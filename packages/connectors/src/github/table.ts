import { ACCESS, type Access, sortAccess } from '@credbroker/core/access'
import { FORMS, type FormName } from './forms.ts'

export interface Field {
  readonly form: FormName
  readonly required: boolean
}

export type Part = { readonly is: string } | { readonly parameter: FormName; readonly rest: boolean }

export interface Entry {
  readonly name: string
  readonly method: string
  readonly parts: readonly Part[]
  readonly access: readonly Access[]
  /** What a token must hold for it: `contents: write`. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>
  readonly query: ReadonlyMap<string, Field>
  /** Absent where there is no body. */
  readonly body: ReadonlyMap<string, Field> | undefined
}

const PAGES = ['page', 'per_page'] as const

export const readTable = (table: string): readonly Entry[] => table.trim().split('\n').map(readLine)

function readLine(line: string): Entry {
  const [name = '', method = '', path = '', access = '', permissions = '', ...fields] = line
    .trim()
    .split(/\s+/)
  const paged = PAGES.map((each) => [each, { form: 'id', required: false }] as const)
  const body = fieldsOf(fields, '=')
  return {
    name,
    method,
    parts: path.split('/').slice(1).filter(Boolean).map(partOf),
    access: sortAccess(access.split(',').map(levelOf)),
    permissions: Object.fromEntries(
      permissions.split(',').map((each) => {
        const [permission = '', level] = each.split(':')
        return [permission, level === 'write' ? 'write' : 'read']
      }),
    ),
    query: new Map<string, Field>([...fieldsOf(fields, '?'), ...(method === 'GET' ? paged : [])]),
    body: method === 'GET' || body.length === 0 ? undefined : new Map(body),
  }
}

function partOf(text: string): Part {
  const [, parameter, rest] = /^\{([a-z]+)(\*)?\}$/.exec(text) ?? []
  return parameter === undefined ? { is: text } : { parameter: formOf(parameter), rest: rest !== undefined }
}

const fieldsOf = (fields: readonly string[], mark: '?' | '='): (readonly [string, Field])[] =>
  fields
    .filter((each) => each.startsWith(mark))
    .map((each) => {
      const [name = '', form = ''] = each.slice(1).split(':')
      return [name, { form: formOf(form.replace(/!$/, '')), required: form.endsWith('!') }] as const
    })

export function formOf(text: string): FormName {
  if (Object.hasOwn(FORMS, text)) return text as FormName
  throw new TypeError(`no form ${text}`)
}

function levelOf(text: string): Access {
  const level = ACCESS.find((each) => each === text)
  if (level) return level
  throw new TypeError(`no level ${text}`)
}
