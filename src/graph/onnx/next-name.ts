/** Name of the graph output that holds the next value of a state. */
export const nextName = (state: string): string => `next:${state}`;
