/**
 * One anchor covers another when it equals it or is a whole-segment prefix: `111` covers `111/role/deploy`.
 * Segments are joined by `/`, broad before narrow.
 */
export const covers = (broad: string, narrow: string): boolean =>
  narrow === broad || narrow.startsWith(`${broad}/`)
