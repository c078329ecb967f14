import classes from './cedar.module.css'
import { cedarTokens } from './cedar-tokens.ts'

/** Cedar to read, coloured, with numbered lines that can be pointed at. */
export function CedarText({
  text,
  marked = new Set(),
}: {
  readonly text: string
  readonly marked?: ReadonlySet<number>
}) {
  const lines = text.split('\n')
  return (
    <pre className={classes['cedar']}>
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
        <div key={at} className={classes['line']} data-marked={marked.has(at + 1) || undefined}>
          <span className={classes['number']} aria-hidden>
            {at + 1}
          </span>
          <code>
            {cedarTokens(line).map(({ kind, text: piece }, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place in the line
              <span key={place} className={classes[kind]}>
                {piece}
              </span>
            ))}
          </code>
        </div>
      ))}
    </pre>
  )
}
