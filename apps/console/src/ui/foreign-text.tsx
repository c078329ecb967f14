import { Tooltip } from '@mantine/core'
import classes from './foreign-text.module.css'
import { inert } from './inert.ts'

interface Props {
  readonly children: string | undefined
  /** Keeps line ends, where the text has any. */
  readonly lines?: boolean
  /** Whoever wrote it says so, and nobody checked. */
  readonly claimed?: boolean
  /** Longer than this is cut, with the whole of it a click away. */
  readonly limit?: number
}

/**
 * What an agent, a vendor or another person wrote. Its invisible marks are shown by their numbers, its direction is kept to
 * itself, and letters that look like others of another script are pointed out.
 */
export function ForeignText({ children = '', lines = false, claimed = false, limit = 600 }: Props) {
  const text = inert(children, { lines })
  const scripts = mixedScripts(children)
  const long = text.length > limit
  return (
    <span className={classes['foreign']} data-claimed={claimed || undefined} data-lines={lines || undefined}>
      {long ? (
        <details>
          <summary>
            <bdi>{text.slice(0, limit)}…</bdi>
          </summary>
          <bdi>{text}</bdi>
        </details>
      ) : (
        <bdi>{text}</bdi>
      )}
      {scripts && (
        <Tooltip label={`Letters of ${scripts.join(' and ')} in one word: it may not say what it seems to`}>
          <mark className={classes['mixed']}>mixed letters</mark>
        </Tooltip>
      )}
    </span>
  )
}

const SCRIPTS = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
] as const

/** The scripts of the first word that mixes letters which look alike (UTS #39 §5.1, for the scripts that matter most). */
export function mixedScripts(text: string): string[] | undefined {
  for (const word of text.split(/[^\p{L}\p{M}]+/u)) {
    const found = SCRIPTS.filter(([, pattern]) => pattern.test(word)).map(([name]) => name)
    if (found.length > 1) return found
  }
  return undefined
}
