import type { Lab } from './lab/lab.ts'

/** One line of the result: what was measured beside what it is compared with in the same run. */
export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What the value is compared with, in words, and its own value where it was measured. */
  readonly yardstick: string
  /** `value` over the yardstick, where that is the budget. */
  readonly ratio: number | null
  readonly budget: string
  readonly ok: boolean
  /** Further figures for people. */
  readonly detail?: string
}

export interface Measurement {
  readonly name: string
  run(lab: () => Promise<Lab>): Promise<Row>
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits))
