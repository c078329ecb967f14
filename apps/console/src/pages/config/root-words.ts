import type { RootView } from '@credbroker/core/wire/admin'

const DAY_MS = 86_400_000
/** As the overview has it: nobody rotated it, or looked at it, for so long. */
const OLD_DAYS = 90
const UNCHECKED_DAYS = 30

export const STATE_WORDS: Readonly<Record<RootView['state'], string>> = {
  usable: 'it reaches what its environment claims, and nothing else',
  spanning:
    'it reaches several environments: usable by calls through the gateway only, each held to one of them',
  unusable: 'it does not fit its environment any more: nothing is minted or called with it',
}

/** What a person should look at, in a few words, the worst first. */
export function attention(
  {
    leaked,
    findings,
    added_at,
    checked_at,
  }: Pick<RootView, 'leaked' | 'findings' | 'added_at' | 'checked_at'>,
  now: number,
): string[] {
  const days = (since: string) => Math.floor((now - Date.parse(since)) / DAY_MS)
  const told = (level: RootView['findings'][number]['level']) =>
    findings.some((finding) => finding.level === level) ? [level] : []
  return [
    ...(leaked ? ['leaked'] : []),
    ...told('unsafe'),
    ...told('over-broad'),
    ...(days(added_at) >= OLD_DAYS ? ['old'] : []),
    ...(days(checked_at) >= UNCHECKED_DAYS ? ['unchecked'] : []),
  ]
}
