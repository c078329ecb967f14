import { printable } from '../render/printable.ts'
import { shellWord, type Wishes } from './choose-runs.ts'
import type { Planned } from './plan-file.ts'
import { alsoWithheld, type Obstacle } from './rewrite-server.ts'

/** A server whose keys stay where they are. */
export interface LeftServer extends Obstacle {
  readonly file: string
  readonly server: string
  readonly variables: readonly string[]
}

/** What `broker init --tools` did, or would do. */
export function saidOfTools(
  changes: readonly Planned[],
  written: boolean,
  left: readonly LeftServer[],
  wishes: Wishes,
): string {
  const runs = changes.flatMap(({ file, runs: all }) => all.map((one) => ({ file, ...one })))
  const what =
    changes.length === 0
      ? 'All of it is there already.\n'
      : written
        ? changes.map(({ file }) => `wrote ${file}\n`).join('')
        : `${changes.map(({ difference }) => difference).join('\n')}\nNothing was written. To write it: ${writing(runs, wishes)}\n`
  const rewritten = runs.map(({ file, entry, run }) => {
    const withheld = alsoWithheld(entry)
    const also = withheld.length > 0 ? `; \`broker exec\` keeps ${withheld.join(', ')} from it as well` : ''
    return `${file}: the server ${entry.name} starts in \`broker exec\` with ${run.scopes.join(', ')} in ${run.environment}${also}\n`
  })
  const stays = left.map(
    ({ file, server, variables, why, todo }) =>
      `${file}: the server ${server} has a key in ${variables.join(', ')}. It is left: ${why}.\n  ${todo}\n`,
  )
  const ending = runs.length > 0 ? endingKeys([...new Set(runs.map(({ file }) => file))], written) : ''
  const back = `To take it back: broker init --undo${runs.length > 0 ? ' (all but the keys, which are kept nowhere)' : ''}\n`
  return [what, ...rewritten, ...stays, ending, back].map(lines).join('')
}

/** The command that does what was shown. */
function writing(runs: Planned['runs'], { as, env }: Wishes): string {
  const servers = runs.map(({ entry, run }) => shellWord(`${entry.name}=${run.scopes.join(',')}`))
  return [
    'broker init --tools --yes',
    ...(as === undefined ? [] : ['--as', as]),
    ...(env === undefined ? [] : ['--env', env]),
    ...(servers.length > 0 ? ['--server', ...new Set(servers)] : []),
  ].join(' ')
}

/** Whoever could read the file has the key: that it is out of the file ends nothing. */
const endingKeys = (files: readonly string[], written: boolean): string =>
  written
    ? 'The keys that are out of these files have lain in them: end them, where they come from, or with `broker root rotate NAME` where a\nroot is the same key. Where a file was committed: broker scan --history --revoke\n'
    : `The keys have lain in these files: end them. What the broker knows of ends, before it is written, with: broker scan --revoke ${files.join(' ')}\n`

const lines = (text: string): string => text.split('\n').map(printable).join('\n')
