/** Semantic Versioning 2.0 without build metadata, which npm takes off before it publishes. */
const VERSION =
  /^(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})(-(0|[1-9]\d{0,14}|\d{0,32}[A-Za-z-][0-9A-Za-z-]{0,63})(\.(0|[1-9]\d{0,14}|\d{0,32}[A-Za-z-][0-9A-Za-z-]{0,63})){0,15})?$/

export const isVersion = (text: string): boolean => text.length <= 128 && VERSION.test(text)

/** A dist-tag is nothing that could be a range of versions: not `v1`, not `x`. */
export const isTag = (text: string): boolean =>
  /^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(text) && !/^(v\d.*|x([.-].*)?)$/i.test(text)
