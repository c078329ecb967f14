export type SequenceFinding =
  /** Entries `from` to `to` (exclusive) are not in the export. */
  | { readonly kind: 'missing'; readonly from: number; readonly to: number }
  | { readonly kind: 'out_of_order'; readonly index: number }
  | { readonly kind: 'repeated'; readonly index: number }

/** Follows the indices of entries as they come and tells deleted, moved and repeated ones apart. */
export class Sequence {
  /** The index that should come next; one past the largest seen. */
  next: number
  readonly #missing: { from: number; to: number }[] = []

  constructor(from: number) {
    this.next = from
  }

  /** Undefined when the entry is the next one or the first after a hole (which {@link Sequence.missing} tells of). */
  see(index: number): SequenceFinding | undefined {
    if (index >= this.next) {
      if (index > this.next) this.#missing.push({ from: this.next, to: index })
      this.next = index + 1
      return undefined
    }
    const at = this.#missing.findIndex((hole) => index >= hole.from && index < hole.to)
    const hole = this.#missing[at]
    if (hole === undefined) return { kind: 'repeated', index }
    const rest = [
      { from: hole.from, to: index },
      { from: index + 1, to: hole.to },
    ].filter(({ from, to }) => from < to)
    this.#missing.splice(at, 1, ...rest)
    return { kind: 'out_of_order', index }
  }

  missing(): SequenceFinding[] {
    return this.#missing.map((hole) => ({ kind: 'missing', ...hole }))
  }
}
