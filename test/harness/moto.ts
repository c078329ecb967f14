import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { needs } from './services.ts'

/** Stands in for AWS: STS, IAM and S3 with signatures, policies, session policies and expiry enforced, on 127.0.0.1. */
export interface Moto {
  readonly url: string
  readonly pid: number
  /** An account to set up, twelve digits; made when first named. */
  account(id: string): Promise<AwsAccount>
  /** How far the vendor's clock runs ahead of ours, so that a test need not wait for a session's end. */
  setClockAhead(seconds: number): Promise<void>
  stop(): Promise<void>
}

export type AwsKey = { readonly accessKeyId: string; readonly secretAccessKey: string }

/** One account as its first administrator sees it. */
export interface AwsAccount {
  readonly id: string
  readonly iam: IAMClient
  readonly s3: S3Client
  user(name: string, statements?: readonly object[]): Promise<AwsKey>
  /** Answers the role's ARN. Without `trust`, whoever in this account holds `sts:AssumeRole` on it may assume it. */
  role(name: string, options: RoleOptions): Promise<string>
  /** Registers an issuer of web identities, as an operator would; answers its ARN. */
  openIdProvider(issuer: string, audience: string): Promise<string>
  bucket(name: string, objects?: Readonly<Record<string, string>>): Promise<void>
}

export interface RoleOptions {
  readonly statements: readonly object[]
  readonly path?: string
  readonly trust?: string
  /** Who else may become it, and how: a whole statement of the trust policy, in place of `trust`. */
  readonly trusting?: object
  readonly maxSessionSeconds?: number
}

export const AWS_REGION = 'eu-central-1'

/** What a user needs in order to mint from roles, and to let the broker read what it can reach. */
export const rootStatements = (account: string, user: string, ...roles: readonly string[]): object[] => [
  { Effect: 'Allow', Action: ['iam:ListRoles'], Resource: '*' },
  {
    Effect: 'Allow',
    Action: [
      'iam:ListUserPolicies',
      'iam:GetUserPolicy',
      'iam:ListAttachedUserPolicies',
      'iam:ListGroupsForUser',
    ],
    Resource: `arn:aws:iam::${account}:user/${user}`,
  },
  ...(roles.length === 0
    ? []
    : [
        {
          Effect: 'Allow',
          Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
          Resource: roles,
        },
      ]),
]

/** A trust policy's statement for one subject of one issuer, or, without a subject, for whomever that issuer names. */
export const webIdentityTrust = (account: string, issuer: string, subject?: string): object => {
  const provider = issuer.replace(/^https?:\/\//, '')
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${provider}` },
    Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition: {
      StringEquals: {
        [`${provider}:aud`]: 'sts.amazonaws.com',
        ...(subject !== undefined && { [`${provider}:sub`]: subject }),
      },
    },
  }
}

/** What a user needs in order to end single sessions of a role, and to be read. */
export const revokerStatements = (account: string, user: string, ...roles: readonly string[]): object[] => [
  {
    Effect: 'Allow',
    Action: [
      'iam:GetRole',
      'iam:ListRolePolicies',
      'iam:GetRolePolicy',
      'iam:PutRolePolicy',
      'iam:DeleteRolePolicy',
    ],
    Resource: roles,
  },
  ...rootStatements(account, user),
]

/** Starts moto, or says why it is not there: skip then. It ends when this process does. */
export async function startMoto(): Promise<Moto | { readonly skipped: string }> {
  const missing = await needs('moto')
  if (missing) return { skipped: missing }
  const script = fileURLToPath(new URL('moto_server.py', import.meta.url))
  const { PATH = '', HOME = '' } = process.env
  const child = spawn('python3', ['-u', '-B', script], {
    env: { PATH, HOME },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const started = await new Promise<{ port: number }>((resolve, reject) => {
    let log = ''
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk).slice(-4000)
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`moto did not start:\n${log}`)))
    child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(String(line)) as { port: number }))
  })
  const url = `http://127.0.0.1:${started.port}`
  const post = async (path: string, body: object = {}) => {
    const answer = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return answer.json()
  }
  for (const held of [child, child.stdin, child.stdout, child.stderr])
    (held as { unref?: () => void }).unref?.()
  return {
    url,
    pid: child.pid as number,
    account: async (id) => openAccount(id, url, (await post(`/_test/accounts/${id}`)) as AwsKey),
    setClockAhead: async (aheadSeconds) => void (await post('/_test/clock', { aheadSeconds })),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.ref()
      child.stdin.end()
      await ended
    },
  }
}

const document = (statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })

function openAccount(id: string, endpoint: string, credentials: AwsKey): AwsAccount {
  const settings = { endpoint, credentials, region: AWS_REGION }
  const iam = new IAMClient(settings)
  const s3 = new S3Client({ ...settings, forcePathStyle: true })
  return {
    id,
    iam,
    s3,
    async user(name, statements = []) {
      await iam.send(new CreateUserCommand({ UserName: name }))
      if (statements.length > 0)
        await iam.send(
          new PutUserPolicyCommand({
            UserName: name,
            PolicyName: 'own',
            PolicyDocument: document(statements),
          }),
        )
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
      return {
        accessKeyId: AccessKey?.AccessKeyId as string,
        secretAccessKey: AccessKey?.SecretAccessKey as string,
      }
    },
    async role(name, options) {
      const { statements, path = '/', trust = `arn:aws:iam::${id}:root`, maxSessionSeconds } = options
      const trusted = options.trusting ?? {
        Effect: 'Allow',
        Principal: { AWS: trust },
        Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      }
      const { Role } = await iam.send(
        new CreateRoleCommand({
          RoleName: name,
          Path: path,
          AssumeRolePolicyDocument: document([trusted]),
          ...(maxSessionSeconds === undefined ? {} : { MaxSessionDuration: maxSessionSeconds }),
        }),
      )
      if (statements.length > 0)
        await iam.send(
          new PutRolePolicyCommand({
            RoleName: name,
            PolicyName: 'own',
            PolicyDocument: document(statements),
          }),
        )
      return Role?.Arn as string
    },
    async openIdProvider(issuer, audience) {
      const { OpenIDConnectProviderArn } = await iam.send(
        new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: [audience] }),
      )
      return OpenIDConnectProviderArn as string
    },
    async bucket(name, objects = {}) {
      await s3.send(
        new CreateBucketCommand({
          Bucket: name,
          CreateBucketConfiguration: { LocationConstraint: AWS_REGION },
        }),
      )
      for (const [key, body] of Object.entries(objects))
        await s3.send(new PutObjectCommand({ Bucket: name, Key: key, Body: body }))
    },
  }
}
