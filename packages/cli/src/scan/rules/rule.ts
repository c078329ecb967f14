/** Finds secrets of one kind by their looks. */
export interface Rule {
  readonly kind: string
  readonly title: string
  /** Global. The group `secret` is the value; the whole match where there is none. */
  readonly pattern: RegExp
  /** Whether the value looks like one of this kind, and not like a stand-in. Absent: the pattern says all. */
  readonly accepts?: (value: string) => boolean
  /** Read only in files whose path matches. */
  readonly in?: RegExp
  /** What a value of this kind is recognised by stands in it, so that it is found in pieces and in base64, too. */
  readonly selfEvident?: true
}
