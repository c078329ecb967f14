import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import type { AwsCredential, Credential } from '@credbroker/core/credential'
import { newName, testIo } from '../../../test/contracts/provider/bench.ts'
import {
  AWS_REGION,
  type Moto,
  revokerStatements,
  rootStatements,
  startMoto,
} from '../../../test/harness/moto.ts'
import { guardProvider } from '../src/guard.ts'
import awsSts from '../src/kinds/aws-sts.ts'
import type { MintOrder, VendorIo } from '../src/provider.ts'

/** A real AWS test server for one test file, or why there is none: for `describe.skipIf`, and already printed. */
export async function startAws(): Promise<{ readonly moto: Moto; readonly skipped: string | undefined }> {
  const started = await startMoto()
  if (!('skipped' in started)) return { moto: started, skipped: undefined }
  return { moto: undefined as never, skipped: started.skipped }
}

/** An account with a role that may do more than any scope, a key that may assume it, and one that may end its sessions. */
export async function environment(moto: Moto, id: string) {
  const aws = await moto.account(id)
  const roleArn = `arn:aws:iam::${id}:role/agents/reader`
  const key = await aws.user('minter', rootStatements(id, 'minter', roleArn))
  const revoker = await aws.user('revoker', revokerStatements(id, 'revoker', roleArn))
  await aws.role('reader', {
    path: '/agents/',
    maxSessionSeconds: 7200,
    statements: [{ Effect: 'Allow', Action: ['s3:*', 'iam:*', 'sts:*'], Resource: '*' }],
  })
  const [reports, ledger] = [`reports-${id}`, `ledger-${id}`]
  await aws.bucket(reports, { 'march/a.txt': 'a', 'april/b.txt': 'b' })
  await aws.bucket(ledger, { 'c.txt': 'c' })
  const root = { ...key, region: AWS_REGION, endpointUrl: moto.url }
  const spec = { roleArn, s3: [{ bucket: reports, prefix: 'march/' }] }
  return { id, aws, roleArn, revoker, root, withRevoker: { ...root, revoker }, spec, reports, ledger }
}

let accounts = 0
/** Each test has an account of its own. */
export const fresh = (moto: Moto) => environment(moto, String(300000000000 + ++accounts))

/** The provider as the broker uses it. */
export const provider = (change: Partial<VendorIo> = {}) =>
  guardProvider(awsSts, { io: (signal) => ({ ...testIo(signal), ...change }) })

/** The same, by a clock that is ahead. The vendor's own is not moved. */
export const later = (seconds: number) => provider({ now: () => new Date(Date.now() + seconds * 1000) })

export const order = (anchor: string, change: Partial<MintOrder> = {}): MintOrder => ({
  name: newName(),
  ttlSeconds: 900,
  expiresAt: new Date(Date.now() + 900_000),
  within: { anchors: [anchor], access: ['read', 'write'] },
  labels: { agent: 'agent:ci', owner: 'user:ada', task: 'tsk_1', environment: 'staging' },
  ...change,
})

/** What a client of the minted credential would be configured with. */
export const keysOf = ({ accessKeyId, secretAccessKey, sessionToken }: AwsCredential) => ({
  accessKeyId,
  secretAccessKey: secretAccessKey.expose(),
  sessionToken: sessionToken.expose(),
})

export const s3 = (credential: Credential): S3Client => {
  const aws = credential as AwsCredential
  const { region, endpointUrl = '' } = aws
  return new S3Client({
    region,
    endpoint: endpointUrl,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: keysOf(aws),
  })
}

/** `2 keys`, or the name of the error. */
export const lists = (credential: Credential, Bucket: string, Prefix?: string): Promise<string> =>
  s3(credential)
    .send(new ListObjectsV2Command({ Bucket, ...(Prefix && { Prefix }) }))
    .then(
      ({ KeyCount }) => `${KeyCount} keys`,
      (error: Error) => error.name,
    )
