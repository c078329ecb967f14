import { type Access, isDangerous } from '@credbroker/core/access'
import { access, side } from '@credbroker/core/names'
import { z } from 'zod'
import { ANCHOR_TEMPLATE, anchorParameters } from './anchor-template.ts'
import { form } from './forms.ts'
import { compareTemplates, parametersOf, parseTemplate } from './template.ts'

const METHOD_ACCESS = {
  GET: 'read',
  HEAD: 'read',
  POST: 'write',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
} as const satisfies Record<string, Access>

const parameter = z.string().regex(/^[a-z][A-Za-z0-9]{0,31}$/)
const path = z
  .string()
  .max(512)
  .transform((text, ctx) => {
    const template = parseTemplate(text)
    if (template) return template
    ctx.addIssue({ code: 'custom', message: 'a path such as /v1/orders/{order}' })
    return z.NEVER
  })
const queryName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/)
  .refine((text) => !/^_?method$/i.test(text), 'a parameter that changes the method is never passed on')

/** Reads with the root what an id belongs to, before the call is decided. */
const lookup = z.strictObject({
  path,
  /** Members of the answer by their path, `project.id`, under the names that the anchor uses. */
  pick: z.record(parameter, z.string().regex(/^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,7}$/)),
})

const operation = z
  .strictObject({
    method: z.enum(Object.keys(METHOD_ACCESS) as [keyof typeof METHOD_ACCESS]),
    path,
    /** What it does. Left out, it is `admin`; a method's own level is the least there can be. */
    access: z.array(access).min(1).max(6).default(['admin']),
    touches: z.array(side).min(1).max(2).default(['primary']),
    /** Which copies are gone afterwards. Left out, whatever may delete erases both. */
    erases: z.array(side).max(2).optional(),
    parameters: z.record(parameter, form).default({}),
    query: z.record(queryName, form).default({}),
    /** Members that the body may have; absent means that there is no body. */
    body: z
      .array(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/))
      .min(1)
      .max(64)
      .optional(),
    /** What it touches, below the host. Left out: all that is there. */
    anchor: z.string().max(256).regex(ANCHOR_TEMPLATE, 'segments and {parameters}').optional(),
    lookup: lookup.optional(),
  })
  .superRefine((value, ctx) => {
    const problem = (at: string, message: string) => ctx.addIssue({ code: 'custom', path: [at], message })
    const inPath = parametersOf(value.path)
    if (inPath.some((name) => value.parameters[name] === undefined))
      problem('parameters', 'each parameter of the path has a form')
    if (Object.keys(value.parameters).some((name) => !inPath.includes(name)))
      problem('parameters', 'not in the path')
    if (Object.values(value.parameters).includes('text')) problem('parameters', '`text` is for queries')
    if (value.body && METHOD_ACCESS[value.method] === 'read') problem('body', 'this method has none')
    if (value.lookup && parametersOf(value.lookup.path).some((name) => !inPath.includes(name)))
      problem('lookup', 'a parameter that the operation does not have')
    const known = [...inPath, ...Object.keys(value.lookup?.pick ?? {})]
    if (anchorParameters(value.anchor ?? '').some((name) => !known.includes(name)))
      problem('anchor', 'a parameter that neither the path nor the lookup gives')
    if (Object.keys(value.lookup?.pick ?? {}).some((name) => inPath.includes(name)))
      problem('lookup', 'a name that the path has already')
    const floor = METHOD_ACCESS[value.method]
    const enough = value.access.some((level) => level === floor || isDangerous(level) || floor === 'read')
    if (
      !enough ||
      (floor === 'delete' && !value.access.some((level) => level === 'delete' || level === 'admin'))
    )
      problem('access', `${value.method} is at least ${floor}`)
  })

/** What a scope may do with an HTTP API, written as an allow-list. Whatever is not on it is refused. */
export const spec = z
  .strictObject({
    operations: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9.-]{0,79}$/), operation),
  })
  .superRefine(({ operations }, ctx) => {
    const all = Object.entries(operations)
    if (all.length === 0 || all.length > 200)
      ctx.addIssue({ code: 'custom', path: ['operations'], message: 'from 1 to 200' })
    for (const [index, [name, one]] of all.entries())
      for (const [, other] of all.slice(index + 1))
        if (one.method === other.method && compareTemplates(one.path, other.path) === 0)
          ctx.addIssue({
            code: 'custom',
            path: ['operations', name, 'path'],
            message: 'a path may fit this and another one, and neither is the more specific',
          })
  })

export type HttpSpec = z.infer<typeof spec>
export type HttpDeclaration = HttpSpec['operations'][string]
