import { Tooltip } from '@mantine/core'
import classes from './foreign-text.module.css'
import { inert } from './inert.ts'
import { lookAlikes } from './look-alikes.ts'

interface Props {
  readonly children: string | undefined
  /** Keeps line ends, where the text has any. */
  readonly lines?: boolean
  /** Whoever wrote it says so, and nobody checked. */
  readonly claimed?: boolean
  /** Longer than this is cut, with the whole of it a click away. */
  readonly limit?: number
  /** Cut without the rest, where it leads to a page that shows all of it. */
  readonly brief?: boolean
}

/**
 * What an agent, a vendor or another person wrote. Its invisible marks are shown by their numbers, its direction is kept to
 * itself, and letters that look like others are pointed out.
 */
export function ForeignText({
  children = '',
  lines = false,
  claimed = false,
  limit = 600,
  brief = false,
}: Props) {
  const text = inert(children, { lines })
  const why = lookAlikes(children)
  const long = text.length > limit
  const beginning = <bdi>{long ? `${text.slice(0, limit)}…` : text}</bdi>
  return (
    <span className={classes['foreign']} data-claimed={claimed || undefined} data-lines={lines || undefined}>
      {long && !brief ? (
        <details>
          <summary>{beginning}</summary>
          <bdi>{text}</bdi>
        </details>
      ) : (
        beginning
      )}
      {why && (
        <Tooltip label={`${why}: it may not say what it seems to`}>
          <mark className={classes['mixed']}>mixed letters</mark>
        </Tooltip>
      )}
    </span>
  )
}
