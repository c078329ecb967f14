import type { PolicySet } from './compile.ts'
import { createDecider, type Decider } from './reuse.ts'
import { createWhoCan, type WhoCan } from './who-can.ts'

/** One policy set, to decide with and to report on. */
export const answersOf = (set: PolicySet): Decider & { readonly whoCan: WhoCan } => ({
  ...createDecider(set),
  whoCan: createWhoCan(set),
})
