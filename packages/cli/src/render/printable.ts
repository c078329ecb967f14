// Purposes, names at vendors and answers of a server are text from outside: an escape sequence in one could
// rewrite what the reader sees, and a direction mark could turn a name around.
// biome-ignore lint/suspicious/noControlCharactersInRegex: replacing them is the point
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** One line that a terminal shows as it is written. What could move the cursor or hide text becomes `\u{…}`. */
export const printable = (text: string): string =>
  text.replace(UNSAFE, (mark) => `\\u{${(mark.codePointAt(0) as number).toString(16)}}`)
