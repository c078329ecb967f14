import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { BUILT_IN } from './decision.ts'
import type { Policy } from './read-policy.ts'
import type { Slice } from './slice.ts'

/** What stands in for the operators' permits. */
const TEXT = 'permit(principal, action, resource);'
const parsed = policyToJson(TEXT)
if (parsed.type === 'failure') throw new Error('Cedar does not read a permit of three words')

const EVERYTHING: Policy = Object.freeze({
  id: BUILT_IN.breakGlass,
  effect: 'permit',
  guardrail: true,
  at: 'built in',
  line: 1,
  column: 1,
  text: TEXT,
  json: parsed.json,
})

/**
 * The policies that are asked where the glass is broken. Guardrails hold: they are the invariants (I2, I4, I4c, I5). So
 * does every forbid that an approval lifts, because the person whom it asks for can be asked. Operators' other forbids
 * give way, and so does the want of a permit.
 */
export const whatHolds = ({ key, policies }: Slice): Slice => ({
  key: `${key} broken`,
  policies: [
    EVERYTHING,
    ...policies.filter(
      ({ effect, guardrail, approval }) => effect === 'forbid' && (guardrail || approval !== undefined),
    ),
  ],
})
