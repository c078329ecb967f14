import { createContext, useContext } from 'react'

/** How many questions wait, before the title of the window: `(3) `. */
export const Prefix = createContext('')
export const usePrefix = (): string => useContext(Prefix)
