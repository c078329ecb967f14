import { printable } from './printable.ts'

/** One object as `key: value` lines, aligned. Lists are joined, nested objects indented, what is absent left out. */
export function describe(value: object, indent = ''): string {
  const entries = Object.entries(value).filter(([, inner]) => !isEmpty(inner))
  const width = Math.max(0, ...entries.map(([key]) => key.length)) + 1
  return entries
    .map(([key, inner]) => {
      const label = `${indent}${`${printable(key)}:`.padEnd(width)}`
      if (isNested(inner)) return `${indent}${printable(key)}:\n${nested(inner, `${indent}  `)}`
      return `${label} ${plain(inner)}\n`
    })
    .join('')
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)

const isNested = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(Array.isArray(value) && value.every(isScalar))

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null

function nested(value: object, indent: string): string {
  if (!Array.isArray(value)) return describe(value, indent)
  return value
    .map((item) =>
      isScalar(item)
        ? `${indent}${plain(item)}\n`
        : `${indent}- ${describe(item, `${indent}  `).trimStart()}`,
    )
    .join('')
}

const plain = (value: unknown): string =>
  Array.isArray(value) ? value.map(plain).join(', ') : printable(String(value))
