import { COMMANDS } from '../src/tree/commands.ts'
import { COMMON, type CommandSpec, GROUPS, type OptionSpec } from '../src/tree/spec.ts'
import { SHAPES } from './shapes.ts'

/** Where the generated text belongs, from the root of the checkout. */
export const CLI_DOC_PATH = 'docs/cli.md'

/** The reference of the command, from the tree that parses it. */
export function generateCliDoc(): string {
  return [
    '# The `broker` command',
    '<!-- Generated from packages/cli/src/tree by scripts/generate.ts. Do not edit. -->',
    HEAD,
    '## Options of every command',
    optionTable(COMMON),
    ...sections(),
    '## What `--json` prints',
    'Names as in the commands above. `?` marks what may be absent. Fields are added, never renamed or removed.',
    ...Object.entries(SHAPES).map(([name, shape]) => `### ${name}\n\n\`\`\`\n${shape}\n\`\`\``),
    '',
  ].join('\n\n')
}

const HEAD = `Secrets are read from standard input or a file, never from an argument; an argument that looks like one is refused.

**Exit codes.** 0 ok · 1 failed · 2 usage · 3 denied · 4 approval pending · 5 findings · for \`exec\` the child's own.

**Output.** Answers go to standard output, everything else to standard error. With \`--json\` standard output is one
JSON document (\`audit tail\`: one a line), also when the command fails: then it is an [Error](#error). \`exec\` leaves
standard output to its child and, with \`--json\`, writes its own lines to standard error as JSON.

**Who one is.** A profile is an enrolled key in \`$XDG_CONFIG_HOME/credbroker/profiles/NAME.json\` (0600, by default below
\`~/.config\`), chosen by \`--profile\`, then \`BROKER_PROFILE\`, else \`default\`. It is refused when others can read it or when it
lies in a git work tree. The broker's address is \`--url\`, then \`BROKER_URL\`, then the profile's.

\`BROKER_DEBUG=1\` adds a stack to error messages.`

function sections(): string[] {
  const groups = Map.groupBy(COMMANDS, ({ path }) =>
    path.includes(' ') ? (path.split(' ')[0] as string) : path,
  )
  return [...groups].flatMap(([word, commands]) => [
    ...(GROUPS[word] === undefined ? [] : [`## broker ${word}`, `${GROUPS[word]}.`]),
    ...commands.map((spec) => command(spec, GROUPS[word] === undefined ? '##' : '###')),
  ])
}

function command(spec: CommandSpec, level: string): string {
  return [
    `${level} broker ${spec.path}${spec.args === undefined ? '' : ` ${spec.args}`}`,
    [`${spec.summary}.`, ...(spec.notes ?? [])].join(' '),
    ...(spec.options?.length ? [optionTable(spec.options)] : []),
    `\`\`\`sh\nbroker ${spec.example}\n\`\`\``,
    `\`--json\`: ${linked(spec.answers)}`,
  ].join('\n\n')
}

const optionTable = (options: readonly OptionSpec[]): string =>
  [
    '| Option | Meaning |',
    '|---|---|',
    ...options
      .filter(({ hidden }) => !hidden)
      .map(
        (option) =>
          `| \`${option.flags}\`${option.required ? ' (required)' : ''} | ${cell(meaning(option))} |`,
      ),
  ].join('\n')

const meaning = ({ text, choices }: OptionSpec): string =>
  choices === undefined ? text : `${text}: ${choices.map((choice) => `\`${choice}\``).join(', ')}`

const cell = (text: string): string => text.replaceAll('|', '\\|')

const linked = (shape: string): string =>
  shape.replace(/[A-Z][A-Za-z]+/g, (name) =>
    SHAPES[name] === undefined ? name : `[${name}](#${name.toLowerCase()})`,
  )
