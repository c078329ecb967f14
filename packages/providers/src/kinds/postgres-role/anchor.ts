import type { AnchorForm } from '../../provider.ts'

const FORM = /^[0-9]{6,20}\/([A-Za-z0-9_.!~*'()%-]{1,189})$/

/** The cluster's own identity, which copies made by file keep and dumps do not, and one database in it. */
export const anchorForm: AnchorForm = {
  syntax: '<system identifier>/<database>, other characters than A-Z a-z 0-9 _ . - as %XX',
  accepts(anchor) {
    const database = FORM.exec(anchor)?.[1]
    if (database === undefined) return false
    try {
      return encodeURIComponent(decodeURIComponent(database)) === database
    } catch {
      return false
    }
  },
}

export const anchorOf = (systemIdentifier: string, database: string): string =>
  `${systemIdentifier}/${encodeURIComponent(database)}`
