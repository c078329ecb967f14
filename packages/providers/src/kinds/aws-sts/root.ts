import { z } from 'zod'
import { endpointUrl, region } from '../../aws/place.ts'

const accessKeyId = z.string().regex(/^[A-Z0-9]{16,128}$/, 'an access key id')
const secretAccessKey = z.string().regex(/^[!-~]{16,128}$/, 'a secret access key')

/**
 * The key of an IAM user that may assume the roles of one environment. The role itself is named by each scope, so that
 * one key serves several.
 */
export const root = z
  .strictObject({
    accessKeyId,
    secretAccessKey,
    /** Present when the root is itself a session: what it mints lives an hour at most, and it dies by itself. */
    sessionToken: z
      .string()
      .regex(/^[!-~]{16,4096}$/, 'a session token')
      .optional(),
    /** Whose STS endpoint is asked, and the default region of what is minted. */
    region,
    externalId: z
      .string()
      .regex(/^[\w+=,.@:/-]{2,1224}$/, 'an external id')
      .optional(),
    /** A second key, which may write inline policies on the roles: without it a session lives until its own end. */
    revoker: z.strictObject({ accessKeyId, secretAccessKey }).optional(),
    endpointUrl: endpointUrl.optional(),
  })
  .refine(({ accessKeyId, revoker }) => revoker?.accessKeyId !== accessKeyId, {
    path: ['revoker'],
    message: 'another key than the one that mints',
  })

export type AwsRoot = z.infer<typeof root>
