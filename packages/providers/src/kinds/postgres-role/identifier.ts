import { z } from 'zod'

// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const CONTROL = /[\u0000-\u001f\u007f]/

/** A name in PostgreSQL, as it stands in the catalogue. Quotes and blanks are allowed there, so it is quoted wherever it is used. */
export const identifier = z
  .string()
  .min(1)
  .refine(
    (text) => Buffer.byteLength(text) <= 63 && !CONTROL.test(text),
    'at most 63 bytes, no control characters',
  )

/** `a"b` → `"a""b"`. PostgreSQL docs §4.1.1. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** For places that take no parameter. With `E''`, so that it reads the same whatever `standard_conforming_strings` says. §4.1.2.2 */
export const quoteLiteral = (text: string): string =>
  `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

export const qualified = (schema: string, name: string): string =>
  `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
