/** What the gate needs of a stray secret: never its value. */
export interface GateFinding {
  readonly id: string
  /** For people: `AWS secret access key`. */
  readonly title: string
  /** A file, or the name of a variable. */
  readonly path: string
  readonly line?: number | undefined
}
