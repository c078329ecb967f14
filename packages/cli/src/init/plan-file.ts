import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { structuredPatch } from 'diff'
import { printable } from '../render/printable.ts'
import type { Detect } from '../scan/detect.ts'
import { LocalError } from '../usage-error.ts'
import type { Wanted } from './agent-tools.ts'
import type { Chosen } from './choose-runs.ts'
import { unedited, withWanted } from './edit-json.ts'
import { masked, maskOf, masksOf } from './masked.ts'
import { type ServerEntry, serversIn } from './pasted-keys.ts'
import { type Run, rewritten } from './rewrite-server.ts'
import { listsIn } from './server-lists.ts'
import type { NewText } from './way-back.ts'

/** A file as it is, and the servers in it that have keys. */
export interface Looked {
  readonly file: string
  readonly before: string | undefined
  /** For eyes. */
  readonly shown: string
  readonly servers: readonly ServerEntry[]
  readonly wanted: readonly Wanted[]
}

export interface Planned extends NewText {
  readonly difference: string
  readonly runs: readonly { readonly entry: ServerEntry; readonly run: Run }[]
}

export async function lookAt(
  cwd: string,
  file: string,
  wanted: readonly Wanted[],
  detect: Detect,
): Promise<Looked> {
  const before = await readFile(join(cwd, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new LocalError(`${file} cannot be read.`)
  })
  return { file, before, wanted, ...(await secretsOf(before ?? '', file, detect)) }
}

/** What it becomes: the servers that were chosen start otherwise, and what is wanted is in it. @throws LocalError for no such JSON */
export async function planFile(
  { file, before, shown, servers, wanted }: Looked,
  chosen: Chosen,
  detect: Detect,
): Promise<Planned> {
  const runs = servers.flatMap((entry) => {
    const run = chosen.get(entry)
    return run && 'scopes' in run ? [{ entry, run }] : []
  })
  const keys = runs.flatMap(({ entry }) => entry.keys.map((key) => ({ ...key, server: entry.name })))
  const masks = keys.map(maskOf)
  const started = runs.reduce(
    (edited, { entry, run }) => rewritten(edited, entry, run),
    unedited(masked(before ?? '', masks)),
  )
  const edited = withWanted(started, wanted)
  if (!edited)
    throw new LocalError(`Nothing was written: ${file} is not what its tool reads.`, {
      advice: 'Mend it first.',
    })
  const whole = before === undefined ? { ...edited, text: `${edited.text}\n` } : edited
  const after = await secretsOf(whole.text, file, detect)
  return {
    file,
    before,
    masks,
    keys: keys.map(({ server, name }) => `${server}: ${name}`),
    edited: whole,
    difference: difference(file, before === undefined ? undefined : shown, after.shown),
    runs,
  }
}

async function secretsOf(text: string, file: string, detect: Detect) {
  const matches = text === '' ? [] : await detect(text, file)
  const servers = serversIn(text, matches, listsIn(file)).filter(({ keys }) => keys.length > 0)
  const keys = servers.flatMap((server) => server.keys)
  return { servers, shown: masked(text, masksOf(keys, matches)) }
}

/** Of texts in which names stand for their secrets. */
function difference(file: string, before: string | undefined, after: string): string {
  const { hunks } = structuredPatch(file, file, before ?? '', after, '', '', { context: 1 })
  const lines = hunks.flatMap((hunk) => hunk.lines).filter((line) => !line.startsWith('\\'))
  return `${before === undefined ? 'new file' : 'changed'}: ${file}\n${lines.map((line) => `${line.slice(0, 1)} ${printable(line.slice(1))}\n`).join('')}`
}
