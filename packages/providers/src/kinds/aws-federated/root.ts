import { z } from 'zod'
import { parseRoleArn } from '../../aws/arn.ts'
import { endpointUrl, region } from '../../aws/place.ts'

const role = z.string().refine((arn) => parseRoleArn(arn) !== undefined, 'the ARN of one role')

/** Which roles trust the issuer of this root's environment. Nothing in it is secret. */
export const root = z
  .strictObject({
    /** What scopes may name. They are the root's whole reach: the broker asks for no others. */
    roles: z
      .array(role)
      .min(1)
      .max(10)
      .refine((arns) => new Set(arns).size === arns.length, 'each role once'),
    /** May write inline policies on those roles: without it a session lives until its own end. */
    revokerRole: role.optional(),
    region,
    endpointUrl: endpointUrl.optional(),
  })
  .superRefine(({ roles, revokerRole }, ctx) => {
    const wrong = (message: string) => ctx.addIssue({ code: 'custom', path: ['revokerRole'], message })
    if (revokerRole === undefined) return
    if (roles.includes(revokerRole)) wrong('another role than those that are minted from')
    const account = parseRoleArn(revokerRole)?.account
    if (roles.some((arn) => parseRoleArn(arn)?.account !== account))
      wrong('in the account of every role: IAM changes roles of its own account only')
  })

export type FederatedRoot = z.infer<typeof root>
