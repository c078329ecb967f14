import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { problemsOf } from './problems-of.ts'

const schema = z.strictObject({
  roots: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), z.strictObject({ port: z.number() })),
  list: z.array(z.string()).optional(),
})
const faults = (body: unknown) => problemsOf(schema.safeParse(body).error as z.ZodError)

it('says where a body is at fault by the names it may have', () => {
  expect(faults({ roots: { 'orders-db': { port: 'x' } }, list: [1], admin: true })).toEqual([
    { at: 'roots.orders-db.port', message: expect.any(String) },
    { at: 'list.0', message: expect.any(String) },
    { at: '(body)', message: 'unknown field: admin' },
  ])
})

it('repeats nothing that was put there, not even as a key (I1)', () => {
  const secret = fc.string({ minLength: 8 }).map((text) => `p4$${text}`)
  fc.assert(
    fc.property(secret, (text) => {
      for (const body of [
        text,
        [text],
        { [text]: 1 },
        { roots: { [text]: {} } },
        { roots: { a: { [text]: text } } },
      ])
        expect(JSON.stringify(faults(body))).not.toContain(JSON.stringify(text).slice(1, -1))
    }),
  )
})
