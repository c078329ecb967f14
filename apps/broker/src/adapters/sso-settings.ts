import { ROLES, type Role } from '@credbroker/core/config/document'
import type { Problem } from '@credbroker/core/errors'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { readPrivateFile } from './keyring/private-file.ts'

/** Single sign-on as set: nothing of it comes from the API, so that no stolen profile widens it. */
export interface SsoSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scopes: string
  readonly groupsClaim: string
  readonly groups: ReadonlyMap<string, readonly Role[]>
}

/** The settings of single sign-on by name; all but the last two are needed together. */
export interface SsoNames {
  readonly BROKER_SSO_ISSUER?: string | undefined
  readonly BROKER_SSO_CLIENT_ID?: string | undefined
  readonly BROKER_SSO_CLIENT_SECRET_FILE?: string | undefined
  readonly BROKER_SSO_GROUPS?: string | undefined
  readonly BROKER_SSO_SCOPES: string
  readonly BROKER_SSO_GROUPS_CLAIM: string
}

const NEEDED = [
  'BROKER_SSO_ISSUER',
  'BROKER_SSO_CLIENT_ID',
  'BROKER_SSO_CLIENT_SECRET_FILE',
  'BROKER_SSO_GROUPS',
] as const

/** What is wrong with them, all at once. `isLoopback`: where plain HTTP is no risk. */
export function ssoProblems(settings: SsoNames, isLoopback: (host: string) => boolean): Problem[] {
  const missing = NEEDED.filter((name) => !settings[name])
  if (missing.length === NEEDED.length) return []
  const problems: Problem[] = missing.map((at) => ({ at, message: 'is needed for single sign-on' }))
  const { BROKER_SSO_ISSUER: issuer, BROKER_SSO_GROUPS: groups } = settings
  if (issuer) {
    const url = URL.parse(issuer)
    if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))))
      problems.push({ at: 'BROKER_SSO_ISSUER', message: 'must be an https URL' })
  }
  if (groups && !parseGroups(groups))
    problems.push({
      at: 'BROKER_SSO_GROUPS',
      message: `must be like platform-admins=admin+operator,staff=viewer, of the roles ${ROLES.join(', ')}`,
    })
  return problems
}

/** Undefined where it is not set up. @throws BrokerError `config_invalid` */
export function ssoSettings(settings: SsoNames): SsoSettings | undefined {
  const {
    BROKER_SSO_ISSUER: issuer,
    BROKER_SSO_CLIENT_ID: clientId,
    BROKER_SSO_CLIENT_SECRET_FILE: file,
    BROKER_SSO_GROUPS: text = '',
  } = settings
  const groups = parseGroups(text)
  if (!issuer || !clientId || !file || !groups) return undefined
  const setting = 'BROKER_SSO_CLIENT_SECRET_FILE'
  const clientSecret = readPrivateFile(setting, file, []).toString('utf8').trim()
  if (clientSecret === '')
    throw new BrokerError('config_invalid', { problems: [{ at: setting, message: 'is empty' }] })
  return {
    issuer,
    clientId,
    clientSecret: new Secret(clientSecret),
    scopes: settings.BROKER_SSO_SCOPES,
    groupsClaim: settings.BROKER_SSO_GROUPS_CLAIM,
    groups,
  }
}

/** `group=role+role,group=role`; undefined where it is not. */
export function parseGroups(text: string): ReadonlyMap<string, readonly Role[]> | undefined {
  const groups = new Map<string, readonly Role[]>()
  for (const part of text.split(',')) {
    const [, group, list] = /^\s*([^=,+]{1,200}?)\s*=\s*([a-z+]+)\s*$/.exec(part) ?? []
    const roles = list?.split('+') ?? []
    if (!group || groups.has(group) || !roles.every((role): role is Role => ROLES.includes(role as Role)))
      return undefined
    groups.set(group, roles as Role[])
  }
  return groups
}
