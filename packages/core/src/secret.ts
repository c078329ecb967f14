const hidden = '[secret]'
const values = new WeakMap<Secret, string>()

/**
 * A value that must not be seen. It prints `[secret]` in templates, JSON, `inspect`, errors and spreads;
 * {@link Secret.expose} is the one way out, and a search for `expose()` finds every place that uses it.
 */
export class Secret {
  constructor(value: string) {
    values.set(this, value)
    Object.freeze(this)
  }

  /** The value itself. Call it as late as possible, and never for a log line, an error or an audit record. */
  expose(): string {
    return values.get(this) as string
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return hidden
  }
}
