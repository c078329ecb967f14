import type { invitation } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { type Cli, EXIT, type Run } from '../cli.ts'
import { connect, segment } from '../client.ts'
import { answer } from '../render/answer.ts'

/** The token alone goes to standard output, so that it can be piped; what to do with it goes beside it. */
export const invite =
  (kind: 'agents' | 'users'): Run =>
  async (cli: Cli, _options: object, name: string) => {
    const client = await connect(cli)
    const made = await client.post<z.infer<typeof invitation>>(`/v1/${kind}/${segment(name)}/invitations`)
    if (!cli.json)
      cli.err(
        `For ${made.principal}, once, until ${made.ends_at}. On its machine:\n` +
          `  broker enroll --profile ${name} --url ${client.profile.url} < token\n` +
          (made.link ? `or, for a passkey, in a browser: ${made.link.replace(/#.*/, '#')}<token>\n` : ''),
      )
    answer(cli, made, () => `${made.token}\n`)
    return EXIT.ok
  }
