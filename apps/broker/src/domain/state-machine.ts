/** From each state, the events it knows and where they lead. What is not listed cannot happen. */
export type Transitions<State extends string, Event extends string> = {
  readonly [From in State]: Partial<Record<Event, State>>
}

/** The next state, or undefined where the event is not possible. */
export const next = <State extends string, Event extends string>(
  machine: Transitions<State, Event>,
  from: State,
  event: Event,
): State | undefined => machine[from][event]

/** The states an event may come from: the `WHERE state IN (…)` of the statement that stores it. */
export const sourcesOf = <State extends string, Event extends string>(
  machine: Transitions<State, Event>,
  event: Event,
): State[] => (Object.keys(machine) as State[]).filter((from) => machine[from][event] !== undefined)
