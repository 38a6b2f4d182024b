import type { Terminal } from "./terminal.ts";

/** Exit codes of a run that was interrupted and saved. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof exitCodes;

export interface Interruptible<T> {
  readonly value: T;
  /** 130 or 143 when a signal asked to stop, else undefined. */
  readonly exitCode: number | undefined;
}

/**
 * Runs `work` with a signal that the first Ctrl-C (SIGINT) or SIGTERM aborts: it finishes its step, saves and returns. A
 * second one leaves at once: what was reported as saved is on disk anyway.
 */
export async function interruptible<T>(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<Interruptible<T>> {
  const controller = new AbortController();
  let first: StopSignal | undefined;
  const listen = (name: StopSignal) => () => {
    if (first !== undefined) process.exit(exitCodes[name]);
    first = name;
    terminal.note("\nfinishing this step and saving; once more to stop at once");
    controller.abort(name);
  };
  const listeners = (Object.keys(exitCodes) as StopSignal[]).map((name) => [name, listen(name)] as const);
  for (const [name, listener] of listeners) process.on(name, listener);
  try {
    const value = await work(controller.signal);
    return { value, exitCode: first === undefined ? undefined : exitCodes[first] };
  } finally {
    for (const [name, listener] of listeners) process.off(name, listener);
  }
}
