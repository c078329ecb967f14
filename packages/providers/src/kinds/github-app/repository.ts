export const isRepositoryId = (text: string): boolean => /^[1-9][0-9]{0,14}$/.test(text)

export const isRepositoryName = (text: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/.test(text) && !/\/\.{1,2}$/.test(text)

/** GitHub reads names without regard to case. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
