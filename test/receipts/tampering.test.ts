import { generateKeyPairSync } from 'node:crypto'
import { verifyReceipt } from '@credbroker/core/receipt/verify-receipt'
import type { Receipt, ReceiptSummary } from '@credbroker/core/wire/receipts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../harness/properties.ts'
import { approvedDrop, type ReceiptWorld, startReceiptWorld, written } from './world.ts'

let world: ReceiptWorld
let receipt: Receipt & { readonly summary: ReceiptSummary }

beforeAll(async () => {
  world = await startReceiptWorld()
  const work = await world.task(['api'])
  const child = await world.delegate(work)
  await child.call('GET', '/v1/orders')
  await work.call('GET', '/v1/orders')
  const dropped = await approvedDrop(work, '/v1/orders/o1', world.mia)
  expect(dropped.status, dropped.text).toBe(200)
  await world.end(work)
  receipt = await world.receipt(work.id)
}, 180_000)
afterAll(() => world?.stop())

const verify = (text: string) => verifyReceipt(text, [world.key])
const kinds = (change: object) =>
  verify(written({ ...receipt, ...change } as Receipt)).findings.map(({ kind }) => kind)

describe('a receipt that was changed', () => {
  it('is honest before that', () => {
    expect(verify(written(receipt))).toMatchObject({ ok: true, findings: [] })
  })

  it('is not verified, whichever byte of it is another', () => {
    const text = written(receipt)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
        const other = String.fromCharCode(code)
        fc.pre(other !== text[at])
        expect(verify(`${text.slice(0, at)}${other}${text.slice(at + 1)}`).ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  it('is not verified, whichever value of it is another or gone', () => {
    const paths = [...pathsOf(receipt, [])].filter((path) => path.join() !== 'summary')
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.boolean(), (path, gone) => {
        const copy = structuredClone(receipt) as unknown as Record<string, unknown>
        alter(copy, path, gone)
        expect(verify(written(copy as unknown as Receipt)).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('says what is wrong', () => {
    const { leaves, answers, questions } = receipt
    const type = (at: number) => JSON.parse(leaves[at]?.record ?? '{}').type
    const without = (what: string) => leaves.filter((_, at) => type(at) !== what)
    const said = { summary: undefined }
    expect(kinds({ ...said, leaves: without('gateway.called') })).toContain('incomplete')
    expect(kinds({ ...said, leaves: without('task.delegated') })).toContain('incomplete')
    expect(kinds({ ...said, leaves: without('task.started') })).toContain('no_beginning')
    expect(kinds({ ...said, leaves: without('approval.given') })).toContain('unapproved')
    expect(kinds({ ...said, leaves: leaves.toReversed() })).toContain('out_of_order')
    expect(kinds({ ...said, answers: [] })).toEqual(['missing_answer'])
    expect(kinds({ ...said, questions: [] })).toContain('bad_question')
    expect(kinds({ answers: [...answers, ...answers] })).toEqual(['bad_answer'])
    expect(kinds({ withheld: true })).toEqual(['malformed'])
    expect(kinds({ next_cursor: '1.1' })).toEqual(['malformed'])
    expect(kinds({ summary: { ...receipt.summary, destroyed: [] } })).toEqual(['other_summary'])
    expect(questions).toHaveLength(1)
  })

  it('is not verified by the key of another log', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const other = { name: world.key.name, publicKey }
    expect(verifyReceipt(written(receipt), [other]).findings).toEqual([
      { kind: 'bad_checkpoint', why: 'unknown_key' },
    ])
  })

  it('is refused where it spells the same in another way', () => {
    expect(verify(JSON.stringify(receipt, null, 2)).findings).toEqual([{ kind: 'malformed' }])
    expect(verify(written(receipt).replace('{', '{"task":"tsk_x",')).findings).toEqual([
      { kind: 'malformed' },
    ])
    expect(verify('[]').findings).toEqual([{ kind: 'malformed' }])
    expect(verify('').findings).toEqual([{ kind: 'malformed' }])
  })
})

type Path = readonly (string | number)[]

function* pathsOf(value: unknown, path: Path): Generator<Path> {
  if (path.length > 0) yield path
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value))
    yield* pathsOf(inner, [...path, Array.isArray(value) ? Number(key) : key])
}

function alter(root: Record<string, unknown>, path: Path, gone: boolean): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], root)
  const key = path.at(-1) as string | number
  if (gone && Array.isArray(parent)) parent.splice(Number(key), 1)
  else if (gone) delete (parent as Record<string, unknown>)[key]
  else (parent as Record<string, unknown>)[key] = another((parent as Record<string, unknown>)[key])
}

function another(value: unknown): unknown {
  if (typeof value === 'string')
    return value === '' ? 'x' : `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  if (Array.isArray(value)) return [...value, ...value, 'x']
  return value === null ? 'x' : { ...(value as object), more: 1 }
}
