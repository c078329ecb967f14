import { hostAnchor } from './root.ts'

/** `{project}/{environment}`: what follows the host, from parameters. */
export const ANCHOR_TEMPLATE =
  /^([A-Za-z0-9._~:@-]+|\{[a-z][A-Za-z0-9]{0,31}\})(\/([A-Za-z0-9._~:@-]+|\{[a-z][A-Za-z0-9]{0,31}\})){0,5}$/

export const anchorParameters = (template: string): string[] =>
  [...template.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name as string)

/** The anchor, or undefined where a parameter is missing or is no plain segment. */
export function fillAnchor(
  host: string,
  template: string | undefined,
  values: (name: string) => unknown,
): string | undefined {
  if (template === undefined) return hostAnchor.accepts(host) ? host : undefined
  let complete = true
  const rest = template.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const value = values(name)
    const plain = typeof value === 'number' ? String(value) : value
    if (typeof plain === 'string' && /^[A-Za-z0-9._~:@-]{1,128}$/.test(plain)) return plain
    complete = false
    return ''
  })
  const anchor = `${host}/${rest}`
  return complete && hostAnchor.accepts(anchor) ? anchor : undefined
}
