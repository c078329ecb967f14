import { resolve } from 'node:path'
import type { invitation } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { type Cli, EXIT, type Run } from '../cli.ts'
import { connect, segment } from '../client.ts'
import { answer } from '../render/answer.ts'

type Invitation = z.infer<typeof invitation>

/** The token alone goes to standard output, so that it can be piped; what to do with it goes beside it. */
export const invite =
  (kind: 'agents' | 'users'): Run =>
  async (cli: Cli, _options: object, name: string) => {
    const client = await connect(cli)
    const made = await client.post<Invitation>(`/v1/${kind}/${segment(name)}/invitations`)
    if (!cli.json)
      cli.err(
        `For ${made.principal}, once, until ${made.ends_at}. On its machine:\n` +
          `  broker enroll --profile ${name} --url ${client.profile.url} < token\n` +
          (made.link ? `or, for a passkey, in a browser: ${made.link.replace(/#.*/, '#')}<token>\n` : ''),
      )
    answer(cli, made, () => `${made.token}\n`)
    return EXIT.ok
  }

interface UserOptions {
  readonly offline?: true
  readonly config?: string
  readonly state?: string
}

/** `--offline` asks no broker: for the day on which nobody can sign in any more. */
export const inviteUser: Run = async (cli: Cli, options: UserOptions, name: string) =>
  options.offline ? await offline(cli, options, name) : await invite('users')(cli, options, name)

async function offline(cli: Cli, { config, state }: UserOptions, user: string): Promise<number> {
  const { inviteOffline } = await import('@credbroker/broker/offline')
  const { token, principal, endsAt, link } = await inviteOffline({
    user,
    ...(config !== undefined && { configFile: config }),
    ...(state !== undefined && { stateDir: resolve(cli.cwd, state) }),
  })
  const made: Invitation = { token, principal, ends_at: endsAt.toISOString(), link }
  if (!cli.json)
    cli.err(
      `For ${principal}, once, until ${made.ends_at}: open this link and register a passkey. The audit log says that it was made.\n`,
    )
  answer(cli, made, () => `${link}\n`)
  return EXIT.ok
}
