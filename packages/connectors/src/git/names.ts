/** One segment of a repository’s path. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/

/** `acme/shop`: without `.git`, which is added for the server. */
export const isRepository = (text: string): boolean => {
  const segments = text.split('/')
  return (
    segments.length <= 6 &&
    segments.every((each) => SEGMENT.test(each) && !each.includes('..') && !/\.(git|lock)$/i.test(each))
  )
}

/** A whole name of a ref, as `git check-ref-format` takes it, in ASCII. */
export const isRef = (text: string): boolean =>
  text.length <= 250 &&
  /^refs(\/[A-Za-z0-9_+=@,#%!$&(){}-][A-Za-z0-9._+=@,#%!$&(){}-]*)+$/.test(text) &&
  !/\.\.|@\{|\.(lock)?(\/|$)/.test(text)

/** The beginning of one, as clients ask for what they list: also `HEAD` and `main`. */
export const isRefPrefix = (text: string): boolean =>
  /^[A-Za-z0-9_+=@,#%!$&(){}./-]{1,250}$/.test(text) && !text.includes('..')

export const isObjectId = (text: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)

export const isZero = (id: string): boolean => /^0+$/.test(id)
