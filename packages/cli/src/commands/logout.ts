import { BrokerApiError } from '@credbroker/sdk/errors'
import { type Cli, EXIT } from '../cli.ts'
import { connect } from '../client.ts'
import { profileName, removeProfile } from '../profile.ts'
import { answer } from '../render/answer.ts'

/** Ends the key at the broker, and what was started with it; then forgets it here, whatever the broker said. */
export async function run(cli: Cli): Promise<number> {
  const name = profileName(cli.env, cli.profile)
  const ended = await endAtBroker(cli)
  const removed = await removeProfile(cli.env, name)
  answer(cli, { profile: name, removed, ended_at_broker: ended }, () => {
    if (!removed) return `There was no profile ${name}.\n`
    const here = `Profile ${name} and its key are gone from this machine`
    return ended
      ? `${here}, and the key is over at the broker.\n`
      : `${here}. The broker could not be told: if somebody may have copied the key, disable its agent or user there.\n`
  })
  return EXIT.ok
}

async function endAtBroker(cli: Cli): Promise<boolean> {
  try {
    const client = await connect(cli)
    await client.remove('/v1/client-keys/current')
    return true
  } catch (error) {
    // A key that is not enrolled any more is what was wanted; a profile that cannot be read still has to go.
    return error instanceof BrokerApiError && error.code === 'unauthenticated'
  }
}
