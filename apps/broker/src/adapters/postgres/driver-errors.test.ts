import { inspect } from 'node:util'
import { BrokerError } from '@credbroker/core/errors'
import { sql as fragment } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/postgres-js'
import fc from 'fast-check'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import { constraintOf, guarded, type StoreError, toBrokerError } from './driver-errors.ts'

const canary = 'brk-canary-7f3a9c0d'

let server: TestPostgres
let raw: postgres.Sql
let other: postgres.Sql

beforeAll(async () => {
  server = await startTestPostgres()
  raw = postgres(server.url, { max: 2, onnotice: () => {} })
  other = postgres(server.url, { max: 1 })
  await raw.unsafe(`
    CREATE TABLE owner (id text PRIMARY KEY);
    CREATE TABLE thing (
      id text PRIMARY KEY, owner text CONSTRAINT thing_has_owner REFERENCES owner, size int CHECK (size > 0),
      CONSTRAINT one_at_a_time EXCLUDE USING btree (size WITH =));
    INSERT INTO owner VALUES ('${canary}');
    INSERT INTO thing VALUES ('first', '${canary}', 1)`)
})

afterAll(async () => {
  await raw?.end({ timeout: 1 })
  await other?.end({ timeout: 1 })
  await server?.stop()
})

/** Every way a person or a logger might look at an error. */
function faces(error: unknown): string {
  const seen: string[] = []
  for (let current = error; current instanceof Error; current = current.cause)
    seen.push(current.message, current.stack ?? '')
  return [
    ...seen,
    String(error),
    JSON.stringify(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    inspect(error, { depth: 20, showHidden: true, getters: true }),
  ].join('\n')
}

const failureOf = (work: PromiseLike<unknown>) =>
  guarded(() => work).then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error as StoreError,
  )

/** Statements that fail, each with the canary bound as a parameter. */
const failing: [string, (value: string) => ReturnType<typeof fragment>, string][] = [
  ['unique', (v) => fragment`INSERT INTO owner VALUES (${v})`, 'conflict'],
  ['foreign key', (v) => fragment`INSERT INTO thing VALUES (${v}, ${`${v}?`}, 2)`, 'conflict'],
  ['exclusion', (v) => fragment`INSERT INTO thing VALUES (${v}, ${v}, 1)`, 'conflict'],
  ['check', (v) => fragment`INSERT INTO thing VALUES (${v}, ${v}, -1)`, 'internal'],
  ['not a number', (v) => fragment`SELECT 1 WHERE 1 = (${v}::text)::int`, 'internal'],
  ['not JSON', (v) => fragment`SELECT (${v}::text)::jsonb`, 'internal'],
  ['raised text', (v) => fragment`SELECT 1 FROM missing_table WHERE id = ${v}`, 'internal'],
]

describe('errors of the database driver', () => {
  it.each(failing)('I1: %s through drizzle shows no bound value anywhere', async (_name, query, code) => {
    const error = await failureOf(drizzle(other).execute(query(canary)))
    expect(error.code).toBe(code)
    expect(faces(error)).not.toContain(canary)
  })

  it.each(failing)('I1: %s through postgres.js shows no bound value anywhere', async (_name, query, code) => {
    const { sql: text, params } = new PgDialect().sqlToQuery(query(canary))
    const error = await failureOf(raw.unsafe(text, params as string[]))
    expect(error.code).toBe(code)
    expect(faces(error)).not.toContain(canary)
  })

  it('the canary test can fail: the unmapped errors do show it', async () => {
    const query = fragment`INSERT INTO owner VALUES (${canary})`
    const fromDrizzle = await drizzle(other)
      .execute(query)
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    const fromDriver = await raw`INSERT INTO owner VALUES (${canary})`.then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(faces(fromDrizzle)).toContain(canary)
    expect(faces(fromDriver)).toContain(canary)
  })

  it('names the constraint that refused, for the store that asked', async () => {
    const unique = await failureOf(raw`INSERT INTO owner VALUES (${canary})`)
    const foreign = await failureOf(raw`INSERT INTO thing VALUES ('x', 'nobody', 9)`)
    const excluded = await failureOf(raw`INSERT INTO thing VALUES ('x', ${canary}, 1)`)
    expect([unique, foreign, excluded].map(constraintOf)).toEqual([
      'owner_pkey',
      'thing_has_owner',
      'one_at_a_time',
    ])
    expect(foreign.fault).toMatchObject({ table: 'thing', collided: false, mayHaveHappened: false })
  })

  it('a deadlock is retryable and says that nothing was changed', async () => {
    await raw.unsafe(`INSERT INTO owner VALUES ('a'), ('b')`)
    const lockBoth = (client: postgres.Sql, first: string, second: string) =>
      client.begin(async (tx) => {
        await tx`SELECT 1 FROM owner WHERE id = ${first} FOR UPDATE`
        await tx`SELECT pg_sleep(0.2)`
        await tx`SELECT 1 FROM owner WHERE id = ${second} FOR UPDATE`
      })
    const results = await Promise.allSettled([
      guarded(() => lockBoth(raw, 'a', 'b')),
      guarded(() => lockBoth(other, 'b', 'a')),
    ])
    const [loser] = results.filter((result) => result.status === 'rejected')
    expect(loser?.reason.fault).toMatchObject({ collided: true, mayHaveHappened: false })
    expect(loser?.reason.code).toBe('store_unavailable')
  })

  it('a connection cut during a statement answers 503 and says that it may have happened', async () => {
    const victim = postgres(server.url, { max: 1, onnotice: () => {} })
    const [row] = await victim`SELECT pg_backend_pid() AS pid`
    const cut = failureOf(victim`SELECT pg_sleep(30)`)
    await raw`SELECT pg_sleep(0.1), pg_terminate_backend(${row?.['pid']})`
    const error = await cut
    expect(error).toMatchObject({ code: 'store_unavailable', status: 503 })
    expect(error.fault.mayHaveHappened).toBe(true)
    expect(await victim`SELECT 1 AS one`).toEqual([{ one: 1 }])
    await victim.end()
  })

  it('a server that cannot be reached answers 503 and surely did nothing', async () => {
    const nowhere = postgres({ host: '127.0.0.1', port: 1, max: 1, pass: canary } as object)
    const error = await failureOf(nowhere`SELECT ${canary}::text`)
    expect(error.code).toBe('store_unavailable')
    expect(error.fault.mayHaveHappened).toBe(false)
    expect(faces(error)).not.toContain(canary)
    await nowhere.end({ timeout: 0 })
  })

  it('leaves errors of ours as they are', () => {
    const ours = new BrokerError('denied')
    expect(toBrokerError(ours)).toBe(ours)
  })

  it('I1: whatever is thrown, no value of it survives', () => {
    const dirty = fc.record(
      {
        message: fc.constant(canary),
        code: fc.oneof(fc.constant(canary), fc.constantFrom('23505', 'ECONNRESET', '57P01')),
        constraint_name: fc.constantFrom(`${canary} `, `(${canary})=`, 'fine_name'),
        severity: fc.constantFrom('ERROR', canary),
        detail: fc.constant(canary),
        query: fc.constant(canary),
        cause: fc.constant({ message: canary, parameters: [canary] }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(dirty, fc.constant(canary), fc.anything()), fc.boolean(), (thrown, wrapped) => {
        const error = toBrokerError(wrapped ? new Error(canary, { cause: thrown }) : thrown)
        expect(error).toBeInstanceOf(BrokerError)
        expect(faces(error)).not.toContain(canary)
      }),
    )
  })
})
