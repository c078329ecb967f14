import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { readPrivateFile, writePrivateFile } from '../local/private-file.ts'
import { profileDirectory } from '../profile.ts'
import { answer } from '../render/answer.ts'
import { printable } from '../render/printable.ts'
import { type Edited, moved, reversed } from './edit-json.ts'
import type { Mask } from './masked.ts'

/** What we changed, kept apart from the workspace. Only what stood where we wrote is in it, and no key: that is kept nowhere. */
const change = z.strictObject({
  file: z.string(),
  made: z.boolean(),
  digest: z.string(),
  reversals: z.array(z.strictObject({ offset: z.int(), length: z.int(), content: z.string() })),
  /** What does not come back: `server: VARIABLE`. */
  keys: z.array(z.string()).default([]),
})
type Change = z.infer<typeof change>

/** One file as it will be: what came in, from a text without these keys. */
export interface NewText {
  readonly file: string
  /** Undefined where there is no file. */
  readonly before: string | undefined
  readonly masks: readonly Mask[]
  readonly keys: readonly string[]
  readonly edited: Edited
}

/** Makes the way back durable, before anything is changed. Where a file is as we left it, its ways back become one. */
export async function recordWayBack(cli: Cli, texts: readonly NewText[]): Promise<void> {
  const former = await recorded(cli)
  const joined = texts.map((one) => {
    const last = former.find(
      ({ file, digest: of }) => file === one.file && one.before !== undefined && of === digest(one.before),
    )
    return { last, next: joinedWith(one, last) }
  })
  const kept = former.filter((one) => !joined.some(({ last }) => last === one))
  await writePrivateFile(recordPath(cli), JSON.stringify([...joined.map(({ next }) => next), ...kept]))
}

function joinedWith({ file, before, masks, keys, edited }: NewText, last: Change | undefined): Change {
  const earlier = masks
    .toSorted((one, other) => other.from - one.from)
    .reduce(
      (reversals, { from, to, content }) => moved(reversals, from, content.length - (to - from)),
      last?.reversals ?? [],
    )
  return {
    file,
    made: last?.made ?? before === undefined,
    digest: digest(edited.text),
    reversals: [...edited.reversals, ...earlier],
    keys: [...(last?.keys ?? []), ...keys],
  }
}

/** Puts back what `broker init --tools` changed here, except in files that somebody edited since. */
export async function takeBack(cli: Cli): Promise<number> {
  const left: Change[] = []
  const done: Change[] = []
  for (const one of await recorded(cli)) {
    const path = join(cli.cwd, one.file)
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    if (digest(text) !== one.digest) {
      left.push(one)
      continue
    }
    if (one.made) await rm(path)
    else await writeFile(path, reversed(text, one.reversals))
    done.push(one)
  }
  await rm(recordPath(cli), { force: true })
  if (left.length > 0) await writePrivateFile(recordPath(cli), JSON.stringify(left))
  const names = (changes: readonly Change[]) => changes.map(({ file }) => file)
  const gone = done.flatMap(({ file, keys }) => keys.map((key) => ({ file, key })))
  answer(cli, { files: names(done), edited_since: names(left), keys_gone: gone }, () =>
    [
      ...names(done).map((file) => `as it was: ${file}`),
      ...gone.map(
        ({ file, key }) =>
          `but for a key, which was kept nowhere: ${file}, ${printable(key)}; its place has its name`,
      ),
      ...names(left).map(
        (file) => `edited since, left alone: ${file}; take out what says \`broker\` by hand`,
      ),
      ...(done.length + left.length === 0 ? ['There is nothing to undo here.'] : []),
      '',
    ].join('\n'),
  )
  return left.length > 0 ? EXIT.failed : EXIT.ok
}

async function recorded(cli: Cli): Promise<Change[]> {
  const text = await readPrivateFile(recordPath(cli))
  return text === undefined ? [] : z.array(change).parse(JSON.parse(text))
}

const recordPath = ({ env, cwd }: Pick<Cli, 'env' | 'cwd'>): string =>
  join(dirname(profileDirectory(env)), 'init', `${digest(cwd).slice(0, 32)}.json`)

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
