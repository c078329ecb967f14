import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import { type Cli, EXIT } from '../cli.ts'
import { connect } from '../client.ts'
import { answer } from '../render/answer.ts'
import { type CredentialForm, credentialText } from '../render/credential.ts'
import { actAs, taskId } from './task.ts'

interface Options {
  readonly task?: string
  readonly ttl?: number
  readonly form?: CredentialForm
}

export async function run(cli: Cli, options: Options, scope: string): Promise<number> {
  const id = taskId(cli, options.task)
  const asTask = await actAs(await connect(cli), id)
  const body = { scope, ...(options.ttl !== undefined && { ttl: options.ttl }) }
  const minted = await asTask.post<CredentialAnswer>('/v1/credentials', body)
  answer(cli, minted, () => credentialText(minted, options.form))
  return EXIT.ok
}
