/** A role that can be assumed, as its ARN says. Only the partition `aws`: account ids of others are a namespace of their own. */
export interface RoleArn {
  readonly arn: string
  readonly account: string
  /** The role's name; unique in its account whatever the path. */
  readonly name: string
  /** `<account>/role/<path and name>` */
  readonly anchor: string
}

const ROLE = /^arn:aws:iam::(\d{12}):role\/((?:[\w+=,.@-]{1,128}\/){0,16})([\w+=,.@-]{1,64})$/

/** `undefined` for whatever is not the fully spelled ARN of one role. */
export function parseRoleArn(arn: string): RoleArn | undefined {
  const [, account, path, name] = ROLE.exec(arn) ?? []
  if (account === undefined || name === undefined) return undefined
  return { arn, account, name, anchor: `${account}/role/${path}${name}` }
}

const ANCHOR = /^\d{12}(\/role(\/[\w+=,.@-]{1,128}){1,17})?$/

export const isAnchor = (anchor: string): boolean => ANCHOR.test(anchor)

/** The account field of a resource's ARN: twelve digits, empty (S3 has none), or a pattern. `*` is every account. */
export function accountOf(resource: string): string {
  if (!resource.startsWith('arn:')) return '*'
  return resource.split(':')[4] ?? '*'
}

/**
 * IAM's own matching: `*` any text, `?` one character, nothing else special; the case of letters is ignored. Not by a
 * regular expression: a hostile pattern would make one run for ever.
 */
export function matches(pattern: string, text: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), text.toLowerCase()]
  let [at, from, star, resume] = [0, 0, -1, 0]
  while (from < given.length) {
    if (wanted[at] === '*') {
      star = at++
      resume = from
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[from])) {
      at++
      from++
    } else if (star >= 0) {
      at = star + 1
      from = ++resume
    } else return false
  }
  while (wanted[at] === '*') at++
  return at === wanted.length
}
