import type { Json } from '@credbroker/core/canonical-json'

const text = (most: number) => (value: Json) => typeof value === 'string' && value.length <= most
const matching = (pattern: RegExp) => (value: Json) => typeof value === 'string' && pattern.test(value)
const list = (of: (value: Json) => boolean) => (value: Json) =>
  Array.isArray(value) && value.length <= 100 && value.every((each) => of(each as Json))

const NAME = /^[A-Za-z0-9._-]{1,100}$/
/** No spaces, nothing that git does not take, and no way up. */
const REF = /^(?!.*(\.\.|@\{|\/\/))[A-Za-z0-9_+=@,#%.-][A-Za-z0-9._+=@,#%/-]{0,249}$/

/** What a value of a path, a query or a body may look like. */
export const FORMS = {
  id: matching(/^[1-9][0-9]{0,14}$/),
  name: matching(NAME),
  sha: matching(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  ref: matching(REF),
  /** A branch of this repository, or `owner:branch` of a fork. */
  head: matching(/^([A-Za-z0-9-]{1,39}:)?[A-Za-z0-9_+=@,#%.-][A-Za-z0-9._+=@,#%/-]{0,249}$/),
  range: matching(/^[A-Za-z0-9._/-]{1,120}\.{2,3}[A-Za-z0-9._/-]{1,120}$/),
  /** Of a file; segments are plain already. */
  file: matching(/^[ -~]{1,1024}$/),
  time: matching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/),
  /** Of a review: said and published at once. */
  event: matching(/^(APPROVE|REQUEST_CHANGES|COMMENT)$/),
  word: matching(/^[a-z_-]{1,40}$/),
  line: text(1024),
  text: text(65_536),
  base64: matching(/^[A-Za-z0-9+/=\n]*$/),
  url: matching(/^https:\/\/[!-~]{1,1000}$/),
  names: list(text(100)),
  boolean: (value: Json) => typeof value === 'boolean',
  integer: (value: Json) => Number.isSafeInteger(value),
  truth: matching(/^(true|false)$/),
  /** The inputs of a workflow: texts by name. */
  inputs: (value: Json) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === 'string' && each.length <= 4096),
  person: (value: Json) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(
      ([name, each]) => /^(name|email|date)$/.test(name) && text(200)(each as Json),
    ),
} as const satisfies Record<string, (value: Json) => boolean>

export type FormName = keyof typeof FORMS

/** GitHub runs what lies there, and looks at no other spelling; others are taken for it all the same. */
export const isWorkflow = (file: string): boolean => file.toLowerCase().startsWith('.github/workflows')
