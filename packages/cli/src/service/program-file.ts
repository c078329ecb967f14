import { realpathSync } from 'node:fs'

/** The file that Node runs as the `broker` command. */
export const programFile = (): string => realpathSync(process.argv[1] ?? '')
