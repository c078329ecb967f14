import { Progress } from '@mantine/core'
import classes from './overview.module.css'

const MOST = 6

/** The largest of some counts, each with its number. */
export function Bars({
  label,
  bars,
}: {
  readonly label: string
  readonly bars: readonly (readonly [name: string, count: number])[]
}) {
  const shown = bars.toSorted(([, a], [, b]) => b - a).slice(0, MOST)
  const most = Math.max(1, ...shown.map(([, count]) => count))
  return (
    <section aria-label={label}>
      {shown.map(([name, count]) => (
        <div key={name} className={classes['bar']}>
          <span title={name}>{name}</span>
          <span>{count.toLocaleString()}</span>
          <Progress
            className={classes['track'] ?? ''}
            value={(count / most) * 100}
            size="xs"
            aria-label={name}
          />
        </div>
      ))}
    </section>
  )
}
