// Purposes, names at vendors and answers of a server are text from outside: an escape sequence in one could
// rewrite what the reader sees, and a direction mark could turn a name around.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** One line that a terminal shows as it is written. What could move the cursor or hide text becomes `\u{…}`. */
export const printable = (text: string): string =>
  text.replace(UNSAFE, (mark) => `\\u{${(mark.codePointAt(0) as number).toString(16)}}`)
