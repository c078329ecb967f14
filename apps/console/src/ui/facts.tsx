import type { ReactNode } from 'react'
import classes from './facts.module.css'

/** Names and values of one thing. Leaves out what is undefined. */
export const Facts = ({ of }: { readonly of: Readonly<Record<string, ReactNode>> }) => (
  <dl className={classes['facts']}>
    {Object.entries(of).flatMap(([name, value]) =>
      value === undefined || value === false
        ? []
        : [
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>,
          ],
    )}
  </dl>
)
