import { vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { Ended } from "./fovea-process.ts";

/**
 * `fovea WORDS` in `cwd` as a call from this process: the same command line without the second that a process costs. What a
 * process alone has (signals, the exit itself, dist/) is for `fovea-process.ts`. One at a time: it moves the process.
 */
export async function foveaHere(words: readonly string[], cwd: string): Promise<Ended> {
  const before = process.cwd();
  const listeners = process.stdout.listeners("error");
  let [stdout, stderr] = ["", ""];
  const out = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => ((stdout += String(chunk)), true));
  const err = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => ((stderr += String(chunk)), true));
  process.chdir(cwd);
  try {
    const code = await main(words);
    return { code, stdout, stderr };
  } finally {
    process.chdir(before);
    out.mockRestore();
    err.mockRestore();
    for (const listener of process.stdout.listeners("error"))
      if (!listeners.includes(listener)) process.stdout.off("error", listener as () => void);
  }
}
