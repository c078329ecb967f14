import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { IAMClient } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'
import { BrokerError } from '@credbroker/core/errors'
import type { VendorIo } from '../provider.ts'
import { upstreamAddress } from '../upstream-address.ts'
import { vendorFault } from './fault.ts'
import type { AwsKey, AwsPlace } from './place.ts'

/** STS and IAM with one key, or with none, for the time of one call. */
export interface Aws extends Disposable {
  readonly sts: STSClient
  readonly iam: IAMClient
  /** What every request carries. */
  readonly call: { readonly abortSignal: AbortSignal }
}

const REQUEST_MILLISECONDS = 8000

/**
 * Nothing is taken from this machine's environment or files: endpoints, region and key are given. An attempt is
 * repeated once; two sessions of one name are ended by the same deny.
 *
 * @throws {BrokerError} `root_unusable` where the endpoint is private and may not be.
 */
export async function connect(place: AwsPlace, key: AwsKey | undefined, io: VendorIo): Promise<Aws> {
  const agents = await agentsFor(place.endpointUrl, io)
  const settings = {
    credentials: key ? credentialsOf(key) : noCredentials,
    maxAttempts: 2,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    userAgentAppId: 'credbroker',
    requestHandler: {
      ...agents,
      connectionTimeout: 3000,
      requestTimeout: REQUEST_MILLISECONDS,
      throwOnRequestTimeout: true,
    },
  }
  const sts = new STSClient({
    ...settings,
    region: place.region,
    endpoint: place.endpointUrl ?? `https://sts.${place.region}.amazonaws.com`,
  })
  const iam = new IAMClient({
    ...settings,
    // IAM is one for all regions, and signed for this one.
    region: 'us-east-1',
    endpoint: place.endpointUrl ?? 'https://iam.amazonaws.com',
  })
  return {
    sts,
    iam,
    call: { abortSignal: io.signal },
    [Symbol.dispose]() {
      sts.destroy()
      iam.destroy()
    },
  }
}

const credentialsOf = ({ accessKeyId, secretAccessKey, sessionToken }: AwsKey) => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken === undefined ? {} : { sessionToken }),
})

/** The SDK would look for some on this machine. */
const noCredentials = (): Promise<never> =>
  Promise.reject(new BrokerError('internal', { detail: 'This call to AWS needs a key' }))

/** For an endpoint of the operator's: connections go to the address that was judged. */
async function agentsFor(endpointUrl: string | undefined, io: VendorIo) {
  if (endpointUrl === undefined) return { httpsAgent: new HttpsAgent({ keepAlive: true }) }
  const { protocol, hostname } = new URL(endpointUrl)
  if (protocol !== 'https:' && !io.allowPrivateUpstreams)
    throw new BrokerError('root_unusable', { detail: 'The root’s endpointUrl must be https' })
  const address = await upstreamAddress(hostname.replace(/^\[|\]$/g, ''), io)
  const family = isIP(address)
  const lookup: LookupFunction = (_host, options, done) =>
    options.all ? done(null, [{ address, family }]) : done(null, address, family)
  return {
    httpAgent: new HttpAgent({ keepAlive: true, lookup }),
    httpsAgent: new HttpsAgent({ keepAlive: true, lookup }),
  }
}

/** One call to AWS, with its error put into our words. */
export async function ask<T>(doing: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw vendorFault(error, doing)
  }
}
