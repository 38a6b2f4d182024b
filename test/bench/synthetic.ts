import type { Contestant } from "../../bench/contestant.ts";

/** A contestant whose steps "take" the given milliseconds, in turn: a one-line program, no waiting. */
export function scripted(name: string, ms: readonly number[], extra: Partial<Contestant> = {}): Contestant {
  const source = `
    const say = (m) => console.log(JSON.stringify(m));
    const ms = ${JSON.stringify(ms)}; let i = 0;
    say({ ready: true, versions: { toy: "1.0" }, threads: 2 });
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      for (let n = Number(line); n > 0; n--) say({ ms: ms[i++ % ms.length] });
      say({ done: true, loss: 0.5, peakMb: 100 });
    });`;
  return program(name, source, extra);
}

/** A contestant that is any JavaScript. */
export function program(name: string, source: string, extra: Partial<Contestant> = {}): Contestant {
  return { name, command: [process.execPath, "-e", source], ...extra };
}
