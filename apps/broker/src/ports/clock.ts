/** Now, by the database's clock: the replica's own, corrected by the difference last measured. */
export interface Clock {
  now(): Date
}

/** A fresh id of a kind; time and randomness are bound where the broker is wired. */
export type NewId = (kind: import('@credbroker/core/ids').IdKind) => string
