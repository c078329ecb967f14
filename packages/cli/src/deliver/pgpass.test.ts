import type { PostgresCredential } from '@credbroker/core/credential'
import { Secret } from '@credbroker/core/secret'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pgpassLine, pgService } from './pgpass.ts'

/** As libpq reads a line (fe-connect.c, passwordFromFile): a backslash takes the next character as it is. */
function readLine(line: string): string[] {
  const fields: string[] = []
  let field = ''
  for (let i = 0; i < line.length; i++) {
    if (line[i] === ':') {
      fields.push(field)
      field = ''
    } else field += line[i] === '\\' ? line[++i] : line[i]
  }
  return [...fields, field]
}

const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(':', '\\', '#', '*', '=', '[', '"', "'", ' '),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
  })
  .filter((each) => each.trim() === each && !/\p{Cc}/u.test(each))
const plain = text.filter((each) => each !== '*' && !each.startsWith('#'))
const credential = fc.record({
  form: fc.constant('postgres' as const),
  host: plain,
  port: fc.integer({ min: 1, max: 65535 }),
  database: plain,
  user: plain,
  password: text.map((each) => new Secret(each)),
  sslmode: fc.constantFrom('disable', 'prefer', 'require', 'verify-ca', 'verify-full'),
}) satisfies fc.Arbitrary<PostgresCredential>

const one: PostgresCredential = {
  form: 'postgres',
  host: 'db.example',
  port: 5432,
  database: 'orders',
  user: 'brk_dep_1',
  password: new Secret('a:b\\c'),
  sslmode: 'require',
}

describe('a password file', () => {
  it('escapes what separates', () => {
    expect(pgpassLine(one)).toBe('db.example:5432:orders:brk_dep_1:a\\:b\\\\c\n')
  })

  it('property: reads back as what was written, on one line', () => {
    fc.assert(
      fc.property(credential, (each) => {
        const line = pgpassLine(each)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        const { host, port, database, user, password } = each
        expect(readLine(line.slice(0, -1))).toEqual([host, String(port), database, user, password.expose()])
      }),
    )
  })

  it.each([
    { host: '*' },
    { host: '#db' },
    { user: '*' },
    { database: 'a\nb' },
    { password: new Secret('x\n*:*:*:*:y') },
  ])('refuses what would mean something else there (%#)', (odd) => {
    expect(() => pgpassLine({ ...one, ...odd })).toThrow(Error)
  })
})

describe('a service file', () => {
  it('names everything but the password', () => {
    expect(pgService('orders-ro', one)).toBe(
      '[orders-ro]\nhost=db.example\nport=5432\ndbname=orders\nuser=brk_dep_1\nsslmode=require\n',
    )
  })

  it('property: no value starts a line of its own', () => {
    fc.assert(
      fc.property(credential, (each) => {
        expect(pgService('s', each).split('\n')).toHaveLength(7)
      }),
    )
  })

  it('refuses a value with a line end', () => {
    expect(() => pgService('s', { ...one, database: 'a\n[other]' })).toThrow(Error)
  })
})
