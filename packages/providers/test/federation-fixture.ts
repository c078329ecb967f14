import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret } from '@credbroker/core/secret'
import { testIo } from '../../../test/contracts/provider/bench.ts'
import { type Moto, webIdentityTrust } from '../../../test/harness/moto.ts'
import type { AssertionOrder, SignAssertion } from '../src/guard/assertion.ts'
import { type GuardedProvider, guardProvider } from '../src/guard.ts'
import awsFederated from '../src/kinds/aws-federated.ts'
import type { VendorIo } from '../src/provider.ts'
import { environment } from './aws-fixture.ts'

export const ROOT = 'aws-staging'
const SUBJECT = `env:staging:root:${ROOT}`

/** One issuer as the broker has one for each environment, on loopback. `bend` changes the claims of what is signed. */
export interface TestIssuer {
  readonly url: string
  readonly signed: AssertionOrder[]
  readonly tokens: string[]
  bend: (claims: Record<string, unknown>) => Record<string, unknown>
  readonly sign: SignAssertion
  stop(): Promise<void>
}

export async function startIssuer(name: string): Promise<TestIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === `/issuers/${name}/.well-known/openid-configuration`)
      response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks.json` }))
    else if (request.url === `/issuers/${name}/jwks.json`)
      response.end(
        JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: name, alg: 'RS256' }] }),
      )
    else response.writeHead(404).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  server.unref()
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/issuers/${name}`,
    signed: [],
    tokens: [],
    bend: (claims) => claims,
    async sign(order) {
      const iat = Math.floor(Date.now() / 1000)
      const subject =
        order.as === 'root'
          ? `env:${order.environment}:root:${order.root}`
          : `env:${order.environment}:stranger`
      const claims = { ...order.claims, iss: issuer.url, sub: subject, aud: order.audience }
      const timed = { ...claims, jti: randomUUID(), iat, nbf: iat, exp: iat + 120 }
      const signed = `${encode({ typ: 'JWT', alg: 'RS256', kid: name })}.${encode(issuer.bend(timed))}`
      const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
      issuer.signed.push(order)
      issuer.tokens.push(token)
      return { token: new Secret(token), issuer: issuer.url, subject }
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
  return issuer
}

/** The kind as the broker uses it, speaking for one root of staging. */
export function federatedBy(issuer: TestIssuer, change: Partial<VendorIo> = {}): GuardedProvider {
  const io = (signal: AbortSignal) => ({ ...testIo(signal), ...change })
  const guarded = guardProvider(awsFederated, { io, signAssertion: issuer.sign })
  return guarded.speakFor?.({ root: ROOT, environment: 'staging' }) as GuardedProvider
}

let accounts = 0

/** An account whose roles trust an issuer, as the documentation says, and hold no key of the broker. */
export async function federatedAccount(moto: Moto, issuer: TestIssuer) {
  const id = String(400000000000 + ++accounts)
  const { aws, reports, ledger } = await environment(moto, id)
  await aws.openIdProvider(issuer.url, 'sts.amazonaws.com')
  const trusting = webIdentityTrust(id, issuer.url, SUBJECT)
  const all = [{ Effect: 'Allow', Action: ['s3:*', 'iam:*', 'sts:*'], Resource: '*' }]
  const path = '/agents/'
  const roleArn = await aws.role('federated', { path, statements: all, trusting, maxSessionSeconds: 7200 })
  const lax = await aws.role('lax', { path, statements: all, trusting: webIdentityTrust(id, issuer.url) })
  const revokerRole = await aws.role('revoker', {
    trusting,
    statements: [
      {
        Effect: 'Allow',
        Action: [
          'iam:GetRole',
          'iam:ListRolePolicies',
          'iam:GetRolePolicy',
          'iam:PutRolePolicy',
          'iam:DeleteRolePolicy',
        ],
        Resource: roleArn,
      },
      {
        Effect: 'Allow',
        Action: ['iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
        Resource: `arn:aws:iam::${id}:role/revoker`,
      },
    ],
  })
  const root = { roles: [roleArn], region: 'eu-central-1', endpointUrl: moto.url }
  const spec = { roleArn, s3: [{ bucket: reports, prefix: 'march/' }] }
  return { id, aws, reports, ledger, roleArn, lax, spec, root, withRevoker: { ...root, revokerRole } }
}
