import type { scopeView } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { PLACEHOLDER } from '../exec/proxy/own-credential.ts'
import type { PastedKey } from './pasted-keys.ts'

export type Scope = Pick<
  z.infer<typeof scopeView>,
  'name' | 'root' | 'environment' | 'form' | 'connector' | 'disabled'
>

/** What keys are for, and what `broker exec` delivers for it by convention. */
interface Use {
  /** In a sentence about scopes. */
  readonly wanted: string
  readonly isFor: (key: Pick<PastedKey, 'name' | 'value' | 'kind'>) => boolean
  readonly servedBy: (scope: Scope) => boolean
  /** Variables that `broker exec` sets itself, or keeps from the program where it sets others. */
  readonly delivered: readonly string[]
}

const URL_OF_POSTGRES = /^postgres(ql)?:\/\//i

const USES: readonly Use[] = [
  {
    wanted: 'that mints for PostgreSQL',
    isFor: ({ name, value }) => name === 'PGPASSWORD' || URL_OF_POSTGRES.test(value),
    servedBy: ({ form, connector }) => form === 'postgres' && connector === undefined,
    delivered: [
      'PGHOST',
      'PGPORT',
      'PGDATABASE',
      'PGUSER',
      'PGPASSWORD',
      'PGPASSFILE',
      'PGSERVICE',
      'PGSSLMODE',
    ],
  },
  {
    wanted: 'that mints for AWS',
    isFor: ({ name }) => /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN)$/.test(name),
    servedBy: ({ form, connector }) => form === 'aws' && connector === undefined,
    delivered: [
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_SECURITY_TOKEN',
      'AWS_PROFILE',
    ],
  },
  {
    wanted: 'of the gateway for GitHub',
    isFor: ({ name, kind }) =>
      kind === 'github' || /^(GH|GITHUB)_(TOKEN|PAT|PERSONAL_ACCESS_TOKEN)$/.test(name),
    servedBy: ({ connector }) => connector === 'github',
    delivered: ['GH_TOKEN', 'GITHUB_TOKEN'],
  },
  {
    wanted: 'of the gateway for Railway',
    isFor: ({ name, kind }) => kind === 'railway' || /^RAILWAY_(API_)?TOKEN$/.test(name),
    servedBy: ({ connector }) => connector === 'railway',
    delivered: ['RAILWAY_API_TOKEN'],
  },
]

/** What a key is for, as far as its name and its looks say. */
export const useOf = (key: PastedKey): Use | undefined => USES.find(({ isFor }) => isFor(key))

/** Whether a scope does what a key did. Named by a person, a scope of the gateway may be for a key of which we know nothing. */
export const serves = (scope: Scope, key: PastedKey): boolean => {
  const use = useOf(key)
  return use ? use.servedBy(scope) : scope.connector !== undefined
}

/**
 * What stands where a key stood: undefined where `broker exec` brings what the program reads. A URL without anything in it has libpq
 * and its like look into PGHOST and PGPASSFILE; by the placeholder a tool starts, and the proxy of the run does the rest.
 */
export function standInFor(key: PastedKey): string | undefined {
  if (URL_OF_POSTGRES.test(key.value)) return 'postgresql://'
  return useOf(key)?.delivered.includes(key.name) ? undefined : PLACEHOLDER
}
