import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));
const bin = fileURLToPath(new URL("../../bin/fovea.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A call of the built command line (dist/), running. */
export interface Running extends Ended {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `fovea WORDS` in `cwd`. `npm test` builds dist/ first; here nothing is built. */
export function startFovea(words: readonly string[], cwd: string, env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [bin, ...words], {
    cwd,
    env: { ...process.env, FOVEA_NO_BUILD: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const running = {
    child,
    code: null as number | null,
    stdout: "",
    stderr: "",
    ended: Promise.resolve() as Promise<never>,
  };
  child.stdout.on("data", (chunk: Buffer) => (running.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (running.stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout: running.stdout, stderr: running.stderr }));
  });
  return Object.assign(running, { ended });
}

export const fovea = (words: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<Ended> =>
  startFovea(words, cwd, env).ended;

/** Resolves when what the process has said on standard error matches. */
export async function saidOnError(running: Running, pattern: RegExp): Promise<void> {
  while (!pattern.test(running.stderr)) {
    if (running.child.exitCode !== null) throw new Error(`it ended before: ${running.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Objects of `--json` output, one a line. */
export const jsonLines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
