import { z } from 'zod'

export const region = z
  .string()
  .regex(/^(?!cn-|us-gov-|us-iso)[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/, 'a region of the partition `aws`')

/** For private deployments and tests: serves STS and IAM, and is where the minted credential is used. */
export const endpointUrl = z.url({ protocol: /^https?$/ }).max(300)

/** Whose endpoints are asked, and the default region of what is minted. */
export interface AwsPlace {
  readonly region: string
  readonly endpointUrl?: string | undefined
}

export interface AwsKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}
