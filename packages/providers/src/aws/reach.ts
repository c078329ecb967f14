import type { Finding } from '../provider.ts'
import { accountOf, matches, parseRoleArn } from './arn.ts'
import type { Identity } from './identity.ts'
import type { Statement } from './policies.ts'

export interface Reach {
  readonly anchors: readonly string[]
  /** False where some right has no end that we could name. */
  readonly bounded: boolean
  readonly findings: readonly Finding[]
}

/** What a key is for: `minter` assumes roles, `revoker` writes the deny policies that end sessions. */
export type Duty = 'minter' | 'revoker'

const ASSUME = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
const DENY_POLICIES = ['iam:PutRolePolicy', 'iam:DeleteRolePolicy']
const OWN_KEYS = /^iam:(Create|Delete|Update)AccessKey$/i
const HARMLESS =
  /^(iam:(Get|List)[A-Za-z]*\*?|sts:(GetCallerIdentity|GetAccessKeyInfo|DecodeAuthorizationMessage))$/i

/**
 * What a key can act on by its own statements: an upper bound, since denials, conditions and boundaries only take away.
 * Rights to assume roles reach those roles; every other right reaches the account it is in.
 */
export function reachOf(identity: Identity, statements: readonly Statement[], duty: Duty): Reach {
  const anchors = new Set<string>()
  const findings = new Map<string, Finding>()
  let bounded = true
  const note = (finding: Finding) => findings.set(finding.code, finding)

  const assume = (resource: string) => {
    const role = parseRoleArn(resource)
    // A wildcard before the account could stand for another one.
    const account = /^arn:aws:iam::(\d{12}):/.exec(resource)?.[1]
    if (role) anchors.add(role.anchor)
    else if (account !== undefined) anchors.add(account)
    else {
      bounded = false
      note(UNBOUNDED)
    }
  }
  const act = (resource: string) => {
    const account = accountOf(resource)
    anchors.add(/^\d{12}$/.test(account) ? account : identity.account)
  }

  for (const each of statements) {
    if (each.Effect !== 'Allow') continue
    const resources = each.Resource ?? ['*']
    for (const action of each.Action ?? ['*']) {
      const among = (names: readonly string[]) =>
        names.some((name) => name.toLowerCase() === action.toLowerCase())
      if (HARMLESS.test(action)) continue
      if (among(ASSUME)) resources.forEach(assume)
      else if (OWN_KEYS.test(action) && resources.every((arn) => isOwn(arn, identity))) continue
      else if (duty === 'revoker' && among(DENY_POLICIES) && resources.every((arn) => parseRoleArn(arn))) {
        resources.forEach(assume)
        if (!Object.values(each.Condition ?? {}).some((keys) => 'iam:PermissionsBoundary' in keys))
          note(CAN_WIDEN)
      } else {
        resources.forEach(act)
        if (ASSUME.some((name) => matches(action, name))) resources.forEach(assume)
        note(touchesIam(action) ? iamWrite(action, duty) : moreThanNeeded(action, duty))
      }
    }
  }
  return { anchors: [...anchors], bounded, findings: [...findings.values()] }
}

const isOwn = (resource: string, { arn, account }: Identity): boolean =>
  [arn, ...['*', account].map((where) => `arn:aws:iam::${where}:user/$\{aws:username}`)].includes(resource)

const touchesIam = (action: string): boolean => {
  const [service = ''] = action.split(':')
  return ['iam', 'organizations', 'account', 'sts'].some((each) => matches(service, each))
}

const needs = (duty: Duty): string =>
  duty === 'minter'
    ? 'sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity on the roles of its scopes'
    : 'iam:GetRole, iam:GetRolePolicy, iam:ListRolePolicies, iam:PutRolePolicy and iam:DeleteRolePolicy on those roles'

/** Policy texts are the account's, and short enough to show: a longer one is cut by the guard. */
const iamWrite = (action: string, duty: Duty): Finding => ({
  level: 'over-broad',
  code: 'iam-write',
  message: `The ${duty}’s key can change identities (${action}): whoever holds it can give itself any right. It needs ${needs(duty)}.`,
})

const moreThanNeeded = (action: string, duty: Duty): Finding => ({
  level: 'over-broad',
  code: 'more-than-minting',
  message: `The ${duty}’s key may do more than it is for (${action}). It needs ${needs(duty)}.`,
})

const UNBOUNDED: Finding = {
  level: 'unsafe',
  code: 'assume-role-unbounded',
  message:
    'The key may assume roles in any account that trusts it, so that its reach has no end: allow sts:AssumeRole on the ARNs of roles, or on all roles of one account.',
}

const CAN_WIDEN: Finding = {
  level: 'advice',
  code: 'revoker-can-widen',
  message:
    'iam:PutRolePolicy can also add rights to a role. Give the roles a permissions boundary, and the revoker’s statement the condition StringEquals iam:PermissionsBoundary.',
}
