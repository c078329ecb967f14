const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600 }

/** `90`, `90s`, `15m`, `8h` as whole seconds; undefined where the text is anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,7})([smh]?)$/.exec(text)
  if (!match) return undefined
  const seconds = Number(match[1]) * (UNIT_SECONDS[match[2] || 's'] as number)
  return seconds > 0 ? seconds : undefined
}
