import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { RootView } from '@credbroker/core/wire/admin'
import { type Cli, EXIT } from '../cli.ts'
import { type Client, connect, segment } from '../client.ts'
import { readSecretFile, readSecretFromStdin } from '../local/read-secret.ts'
import { rootDocument } from '../local/root-document.ts'
import { answer } from '../render/answer.ts'
import { rootText } from '../render/root.ts'

interface Options {
  readonly provider: string
  readonly env?: string
  readonly owner: string
  readonly service?: string
  readonly onCall?: string
  readonly recoveryBackups?: string
  readonly recoveryAuthority?: string
  readonly lastRestoreTest?: string
  readonly separateAuthority?: boolean
  readonly secretFile?: string
  readonly rotate?: boolean
}

export async function run(cli: Cli, options: Options, name: string): Promise<number> {
  const client = await connect(cli)
  const secret = await readCredential(cli, options, name)
  const added = await client.post<RootView>('/v1/roots', {
    name,
    provider: options.provider,
    owner: options.owner,
    ...(options.env !== undefined && { environment: options.env }),
    ...(options.service !== undefined && { service: options.service }),
    ...(options.onCall !== undefined && { on_call: options.onCall }),
    recovery: {
      ...(options.recoveryBackups !== undefined && { backups: options.recoveryBackups }),
      ...(options.recoveryAuthority !== undefined && { authority: options.recoveryAuthority }),
      ...(options.lastRestoreTest !== undefined && { lastRestoreTest: options.lastRestoreTest }),
      ...(options.separateAuthority && { separateAuthority: true }),
    },
    secret,
  })
  const view = options.rotate ? await rotateRoot(client, name) : added
  answer(cli, view, () => rootText(view))
  if (options.secretFile !== undefined && !options.rotate) await warnWhileThere(cli, options.secretFile)
  return EXIT.ok
}

/** The provider's document, from standard input or a file. @throws LocalError for what is none, without repeating it */
export const readCredential = async (
  cli: Cli,
  { secretFile }: Pick<Options, 'secretFile'>,
  name: string,
): Promise<unknown> =>
  rootDocument(
    secretFile === undefined
      ? await readSecretFromStdin(cli, `Credential for ${name} (JSON document or postgres:// URL)`)
      : await readSecretFile(secretFile, cli.cwd),
  )

/** From then on no copy of what was handed in logs in anywhere. */
export const rotateRoot = (client: Client, name: string): Promise<RootView> =>
  client.post<RootView>(`/v1/roots/${segment(name)}/rotate`)

/** A copy on disk is what an agent finds: it is named until it is gone. */
export async function warnWhileThere(cli: Pick<Cli, 'err' | 'cwd'>, named: string): Promise<void> {
  const file = resolve(cli.cwd, named)
  const there = await access(file).then(
    () => true,
    () => false,
  )
  if (there)
    cli.err(
      `warning: ${file} still holds the credential. Remove it now (shred -u '${file}'), or run \`broker root rotate\` so that this copy dies.\n`,
    )
}
