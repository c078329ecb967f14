import { z } from 'zod'
import { agent, environment, policySource, recovery, scope, team, user } from '../config/document.ts'
import { freeText, json, name } from '../names.ts'

/**
 * What the change was made from, as the object's `revision` told it, or `none` for a new one; where it says something else by now, it is a
 * `conflict`. Left out, the last one wins.
 */
const expected = {
  expected_revision: z
    .string()
    .regex(/^(none|[A-Za-z0-9_-]{22})$/, 'the `revision` of the object, or `none`')
    .optional(),
}

/** PUT /v1/environments/:name and so on: the whole object, as `broker.yaml` has it. What is left out takes the safest default. */
export const environmentPut = environment.extend(expected)
export const scopePut = scope.extend(expected)
export const agentPut = agent.extend(expected)
export const teamPut = team.extend(expected)
export const userPut = user.extend(expected)

/** PUT /v1/roots/:name: what is said about a root that is there. Its credential is put by itself, and comes with POST /v1/roots. */
export const rootPut = z.strictObject({
  owner: name,
  service: freeText(200).optional(),
  on_call: freeText(200).optional(),
  recovery: recovery.default({}),
  ...expected,
})

/** PUT /v1/roots/:name/credential: the provider's root document; it goes in and never comes out (I1). */
export const rootCredentialPut = z.strictObject({ secret: json })

/** PUT /v1/policies/:name */
export const policyPut = z.strictObject({ text: policySource.shape.text, ...expected })
