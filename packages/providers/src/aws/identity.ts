import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { BrokerError } from '@credbroker/core/errors'
import { type Aws, ask } from './client.ts'

/** Who AWS says a key is. `name` is the user's or the role's, without path. */
export type Identity =
  | { readonly kind: 'user' | 'role'; readonly arn: string; readonly account: string; readonly name: string }
  | { readonly kind: 'account-root' | 'other'; readonly arn: string; readonly account: string }

/** Allowed to every key, whatever its policies say. */
export async function whoAmI({ sts, call }: Aws): Promise<Identity> {
  const { Arn = '', Account = '' } = await ask(
    'sts:GetCallerIdentity',
    sts.send(new GetCallerIdentityCommand({}), call),
  )
  const [, account, rest] = /^arn:aws:(?:iam|sts)::(\d{12}):([\w+=,.@/-]{1,600})$/.exec(Arn) ?? []
  if (account === undefined || rest === undefined || account !== Account)
    throw new BrokerError('vendor_refused', { detail: 'AWS named no identity of the partition `aws`' })
  const parts = rest.split('/')
  const at = { arn: Arn, account }
  if (rest === 'root') return { kind: 'account-root', ...at }
  if (parts[0] === 'user' && parts.length > 1) return { kind: 'user', ...at, name: parts.at(-1) ?? '' }
  if (parts[0] === 'assumed-role' && parts[1]) return { kind: 'role', ...at, name: parts[1] }
  return { kind: 'other', ...at }
}
