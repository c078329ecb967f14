import { ACCESS, type Access, SIDES, type Side } from '../access.ts'
import type { ReceiptLeaf } from '../wire/receipts.ts'

/** One record of the log, as a receipt reads it. What it does not know, it leaves alone. */
export interface ReceiptEvent {
  readonly index: number
  readonly id: string
  readonly at: string
  readonly type: string
  readonly phase: string
  /** Texts at the top: `task`, `grant`, `scope`, `result`, `code`, `reason`, … */
  text(field: string): string | undefined
  readonly actor: { readonly kind: string; readonly id: string; readonly jkt: string | undefined }
  readonly access: Access[]
  readonly policies: string[]
  /** What else it says: packages/core/src/audit/facts.ts. */
  readonly facts: Facts
}

export interface Facts {
  text(key: string): string | undefined
  count(key: string): number | undefined
  is(key: string): boolean
  /** Sides, as `primary backup`. */
  sides(key: string): Side[]
}

type Members = Readonly<Record<string, unknown>>

/** @throws SyntaxError where it is no JSON; members that are not what they should be count as absent */
export function readEvent({ index, record }: Pick<ReceiptLeaf, 'index' | 'record'>): ReceiptEvent {
  const members = membersOf(JSON.parse(record))
  const actor = membersOf(members['actor'])
  return {
    index,
    id: textIn(members, 'id') ?? '',
    at: textIn(members, 'at') ?? '',
    type: textIn(members, 'type') ?? '',
    phase: textIn(members, 'phase') ?? '',
    text: (field) => textIn(members, field),
    actor: {
      kind: textIn(actor, 'kind') ?? '',
      id: textIn(actor, 'id') ?? '',
      jkt: textIn(actor, 'jkt'),
    },
    access: ACCESS.filter((level) => textsIn(members, 'access').includes(level)),
    policies: textsIn(members, 'policies'),
    facts: factsOf(membersOf(members['facts'])),
  }
}

const factsOf = (facts: Members): Facts => ({
  text: (key) => textIn(facts, key),
  count: (key) => {
    const value = own(facts, key)
    return Number.isSafeInteger(value) ? (value as number) : undefined
  },
  is: (key) => own(facts, key) === true,
  sides: (key) => SIDES.filter((side) => textIn(facts, key)?.split(' ').includes(side)),
})

const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {}

const own = (members: Members, key: string): unknown =>
  Object.hasOwn(members, key) ? members[key] : undefined

function textIn(members: Members, key: string): string | undefined {
  const value = own(members, key)
  return typeof value === 'string' ? value : undefined
}

function textsIn(members: Members, key: string): string[] {
  const value = own(members, key)
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
