import { z } from 'zod'

/** A name, id or word that we or an operator chose: printable, no spaces at its ends, bounded. Anything else is a fault of the caller. */
export const token = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[^\p{C}\p{Z}](?: ?[^\p{C}\p{Z}])*$/u, 'printable text')
