import { type Cli, EXIT } from '../cli.ts'
import { profileName, removeProfile } from '../profile.ts'
import { answer } from '../render/answer.ts'

export async function run(cli: Cli): Promise<number> {
  const name = profileName(cli.env, cli.profile)
  const removed = await removeProfile(cli.env, name)
  answer(cli, { profile: name, removed }, () =>
    removed
      ? `Profile ${name} and its key are gone from this machine.\nTo end the key at the broker as well, disable its agent or user there.\n`
      : `There was no profile ${name}.\n`,
  )
  return EXIT.ok
}
