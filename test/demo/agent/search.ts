import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Login, loginOf, loginOfPgpass } from './database.ts'

export interface Place {
  readonly host: string
  readonly port: number
}

export interface Found {
  /** A file, or the name of a variable. */
  readonly where: string
  readonly login: Login
}

const CREDENTIAL = /postgres(?:ql)?:\/\/[^\s:'"]+:[^\s@'"]+@[^\s'"]+/g
const PGPASS = /^[^\s:#]+:\d+:[^:]+:[^:]+:.+$/gm

/** Every login to this server that a text holds, whatever the text is. */
export function loginsIn(text: string, where: string, { host, port }: Place): Found[] {
  const urls = (text.match(CREDENTIAL) ?? []).map(loginOf)
  const lines = (text.match(PGPASS) ?? []).map(loginOfPgpass)
  return [...urls, ...lines].flatMap((login) =>
    login && login.host === host && login.port === port ? [{ where, login }] : [],
  )
}

/** The same in every file below a directory that can be read. */
export const loginsBelow = (directory: string, place: Place): Found[] =>
  textsBelow(directory).flatMap(({ where, text }) => loginsIn(text, where, place))

/** Every file below a directory that can be read. */
export const textsBelow = (directory: string): { readonly where: string; readonly text: string }[] =>
  filesBelow(directory).map((file) => ({ where: file.slice(directory.length + 1), text: read(file) }))

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

function read(file: string): string {
  try {
    return statSync(file).size < 100_000 ? readFileSync(file, 'utf8') : ''
  } catch {
    return ''
  }
}

/** What a process of ours, or of another user, was started with. `undefined` where there is no /proc. */
export function environmentOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').replaceAll('\0', '\n')
  } catch {
    return undefined
  }
}
