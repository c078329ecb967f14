import type { RootView } from '@credbroker/core/wire/admin'
import type { Cli } from '../cli.ts'

/** Says so where the credential that was replaced is a person's to end. */
export function tellOfFormer(cli: Pick<Cli, 'err'>, { name, capabilities }: RootView): void {
  if (!capabilities.includes('retire'))
    cli.err(`The broker cannot end the former credential of ${name}: end it at its vendor now.\n`)
}
