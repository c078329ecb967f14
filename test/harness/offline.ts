import { join } from 'node:path'
import type { Ran, TestBroker } from './broker.ts'
import { type Person, settled } from './person.ts'

/** On the machine of the broker, with its database and its key. */
export const inviteOffline = (
  broker: TestBroker,
  databaseUrl: string,
  user: string,
  keyfile = join(broker.stateDir, 'keyfile'),
): Promise<Ran> =>
  broker.cli(['user', 'invite', user, '--offline'], {
    env: { DATABASE_URL: databaseUrl, BROKER_PUBLIC_URL: broker.url, BROKER_KEYFILE: keyfile },
  })

/** Somebody comes back by a link that was made so. */
export async function letBackIn(broker: TestBroker, databaseUrl: string, user: string): Promise<Person> {
  const { code, stdout, stderr } = await inviteOffline(broker, databaseUrl, user)
  if (code !== 0) throw new Error(`inviting ${user} failed: ${stderr}`)
  return await settled(broker, user, stdout.trim().replace(/.*#/, ''))
}
