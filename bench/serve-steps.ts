import { createInterface } from "node:readline";
import type { Ready } from "./contestant.ts";

/** One step; gives the loss if there is one. */
export type Step = () => Promise<number | undefined> | number | undefined;

/**
 * The contestant's side of the protocol (bench/README.md): says it is ready, then runs as many steps as each line on
 * standard input asks for and writes the milliseconds of each. Returns when standard input ends.
 *
 * @param options `memory`: whether this process's peak is the contestant's
 */
export async function serveSteps(ready: Ready, step: Step, { memory = true } = {}): Promise<void> {
  say({ ready: true, ...ready });
  for await (const line of createInterface({ input: process.stdin })) {
    let loss: number | undefined;
    for (let left = Number(line); left > 0; left--) {
      const start = performance.now();
      loss = await step();
      say({ ms: performance.now() - start });
    }
    say({ done: true, loss, ...(memory && { peakMb: process.resourceUsage().maxRSS / 1e3 }) });
  }
}

/** Says that what the contestant needs is absent, and how to install it. */
export const sayNotInstalled = (how: string): void => say({ notInstalled: how });

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
