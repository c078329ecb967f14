/** Any node of a policy as Cedar writes it in JSON. */
export type Node = null | boolean | number | string | readonly Node[] | { readonly [key: string]: Node }

/** Calls `visit` for a node and, where that answers true, for everything below it. */
export function walk(node: Node | undefined, visit: (node: Node) => boolean): void {
  if (node === undefined || !visit(node)) return
  if (Array.isArray(node)) for (const child of node) walk(child, visit)
  else if (typeof node === 'object' && node !== null)
    for (const child of Object.values(node)) walk(child, visit)
}

export const depthOf = (node: Node): number => {
  if (typeof node !== 'object' || node === null) return 0
  return (
    1 + Object.values(node).reduce<number>((deepest, child) => Math.max(deepest, depthOf(child as Node)), 0)
  )
}

/** `{type, id}` of an entity reference, in either of the forms Cedar writes. */
export function entityOf(node: Node | undefined): { type: string; id: string } | undefined {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return undefined
  const record = node as { readonly [key: string]: Node }
  if (record['__entity'] !== undefined) return entityOf(record['__entity'])
  const { type, id } = record
  return typeof type === 'string' && typeof id === 'string' ? { type, id } : undefined
}

/** Ids of the actions that a policy names, in its head or in its conditions. */
export function actionsNamed(json: Node): Set<string> {
  const found = new Set<string>()
  walk(json, (node) => {
    const entity = entityOf(node)
    if (entity?.type === 'Action') found.add(entity.id)
    return true
  })
  return found
}

/** Names of the attributes that a policy asks for with `has`. */
export function askedAttributes(json: Node): Set<string> {
  const found = new Set<string>()
  walk(json, (node) => {
    const asked = typeof node === 'object' && node !== null && 'has' in node ? node['has'] : undefined
    const attr = typeof asked === 'object' && asked !== null && 'attr' in asked ? asked['attr'] : undefined
    for (const name of [attr ?? []].flat()) if (typeof name === 'string') found.add(name)
    return true
  })
  return found
}
