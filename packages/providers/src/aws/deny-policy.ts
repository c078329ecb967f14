import { isDeepStrictEqual } from 'node:util'

/**
 * Ends one session: an inline policy of its role, named after the lease, that denies it everything. One policy for each
 * lease, so that two replicas never write over each other. When it was written and when the session ends by itself is in
 * the statement's id: IAM keeps no times of inline policies.
 */
export interface DenyPolicy {
  readonly writtenAt: Date
  readonly until: Date
}

const document = (name: string, sid: string): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: sid,
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      // `<role id>:<session name>`. Names of leases hold no pattern, and a role sees its own sessions only.
      Condition: { StringLike: { 'aws:userid': `*:${name}` } },
    },
  ],
})

const seconds = (date: Date): number => Math.ceil(date.getTime() / 1000)

export const writeDenyPolicy = (name: string, { writtenAt, until }: DenyPolicy): string =>
  JSON.stringify(document(name, `at${seconds(writtenAt)}until${seconds(until)}`))

/** `undefined` for whatever we would not have written under this name. */
export function readDenyPolicy(name: string, encoded: string | undefined): DenyPolicy | undefined {
  try {
    const found: unknown = JSON.parse(decodeURIComponent(encoded ?? ''))
    const [, sid = '', at, until] = /"Sid":"(at(\d{1,12})until(\d{1,12}))"/.exec(JSON.stringify(found)) ?? []
    if (!isDeepStrictEqual(found, document(name, sid))) return undefined
    return { writtenAt: new Date(Number(at) * 1000), until: new Date(Number(until) * 1000) }
  } catch {
    return undefined
  }
}
