import type { ConfigObject } from './kinds.ts'

export const STANDINGS = ['in use', 'disabled', 'tampered'] as const

/** Whether one is looked for: by a part of its name, and by how it stands. Nothing chosen means all. */
export function matches(
  { name, disabled, tampered }: ConfigObject,
  wanted: { readonly name: string; readonly state: string },
): boolean {
  if (!name.includes(wanted.name.toLowerCase())) return false
  switch (wanted.state) {
    case 'in use':
      return !disabled && !tampered
    case 'disabled':
      return disabled
    case 'tampered':
      return tampered
    default:
      return true
  }
}
