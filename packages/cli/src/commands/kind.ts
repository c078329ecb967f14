import { schemaShape } from '@credbroker/core/json-schema/shape'
import type { KindView } from '@credbroker/core/wire/kinds'
import { type Cli, EXIT } from '../cli.ts'
import { connect, listAll } from '../client.ts'
import { answer } from '../render/answer.ts'
import { describe } from '../render/describe.ts'
import { table } from '../render/table.ts'
import { LocalError } from '../usage-error.ts'

const kinds = async (cli: Cli): Promise<KindView[]> =>
  await listAll<KindView>(await connect(cli), '/v1/kinds')

export async function list(cli: Cli): Promise<number> {
  const items = await kinds(cli)
  answer(cli, { items }, (columns) =>
    table(
      ['name', 'is', 'vendor', 'form', 'works with', 'title'],
      items.map((kind) => [
        kind.name,
        kind.is,
        kind.vendor,
        kind.form,
        kind.works_with.join(' '),
        kind.title,
      ]),
      columns,
    ),
  )
  return EXIT.ok
}

export async function show(cli: Cli, _options: object, name: string): Promise<number> {
  const kind = (await kinds(cli)).find((one) => one.name === name)
  if (!kind)
    throw new LocalError('This broker has no such kind.', { advice: '`broker kind list` shows them.' })
  answer(cli, kind, () => {
    const { root, scope, ...about } = kind
    const shapes = [
      ...(root ? [`a root says:\n${schemaShape(root)}`] : []),
      `the \`allow\` of a scope says:\n${schemaShape(scope)}`,
    ]
    return `${describe(about)}${shapes.join('\n')}\n`
  })
  return EXIT.ok
}
