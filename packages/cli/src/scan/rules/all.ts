import { ASSIGNMENT_RULES } from './assignments.ts'
import { FILE_RULES } from './files.ts'
import type { Rule } from './rule.ts'
import { VENDOR_RULES } from './vendors.ts'

/** The first that finds a text names it. */
export const RULES: readonly Rule[] = [...VENDOR_RULES, ...FILE_RULES, ...ASSIGNMENT_RULES]

/** Raised with every change of what is found: what was clean before may not be. */
export const RULES_VERSION = 1
