/**
 * Environments connected by `backups` form one recovery group (I5), named after the alphabetically first of them.
 * An environment without backups is a group of its own.
 */
export function recoveryGroups(
  environments: readonly { readonly name: string; readonly backups: readonly string[] }[],
): Map<string, string> {
  const leader = new Map(environments.map(({ name }) => [name, name]))
  const find = (name: string): string => {
    const parent = leader.get(name) ?? name
    return parent === name ? name : find(parent)
  }
  for (const { name, backups } of environments) {
    for (const backup of backups) {
      const [first, second] = [find(name), find(backup)].sort() as [string, string]
      leader.set(second, first)
    }
  }
  return new Map(environments.map(({ name }) => [name, find(name)]))
}
