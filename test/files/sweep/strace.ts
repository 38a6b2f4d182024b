import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const scenarioFile = fileURLToPath(new URL("./scenario.js", import.meta.url));
const built = fileURLToPath(new URL("../../../dist/files/index.js", import.meta.url));

/** Every file call that a scenario may make on Linux. */
const calls =
  "openat,write,pwrite64,pread64,fsync,rename,link,mkdir,unlink,rmdir,ftruncate,close,getdents64,statfs".split(",");
export const errnos = ["ENOSPC", "EIO", "EACCES", "EROFS", "EMFILE"] as const;

/** Why the sweeps cannot run here, or undefined. */
export function whyNoStrace(): string | undefined {
  if (!existsSync(built)) return "dist/ is missing: run npm run build";
  const options = ["-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO"];
  const probe = spawnSync("strace", [...options, "true"]);
  if (probe.error) return "strace is missing: apt install strace";
  return probe.stderr.length > 0 ? `strace may not trace here (ptrace): ${probe.stderr.toString().trim()}` : undefined;
}

/** The `k`th call of one kind in a process's main thread. */
export interface Point {
  readonly call: string;
  readonly k: number;
}

/**
 * The calls that scenario `name` makes from its first attempt to the end of it, as two undisturbed runs agree on them:
 * now and then the engine wakes one of its own threads by a `write`, which shifts the numbers by one.
 */
export function pointsOf(name: string, freshCopy: () => string): Point[] {
  const seen = new Set<string>();
  for (let run = 0; run < 6; run++) {
    const points = undisturbed(name, freshCopy());
    const key = JSON.stringify(points);
    if (seen.has(key)) return points;
    seen.add(key);
  }
  throw new Error(`${name}: no two undisturbed runs made the same calls`);
}

function undisturbed(name: string, directory: string): Point[] {
  const log = join(tmpdir(), `fovea-strace-${process.pid}-${name}.log`);
  try {
    spawnSync("strace", [
      "-qq",
      "-o",
      log,
      "-e",
      `trace=access,${calls.join(",")}`,
      process.execPath,
      scenarioFile,
      name,
      directory,
    ]);
    return parseLog(readFileSync(log, "latin1"));
  } finally {
    rmSync(log, { force: true });
  }
}

function parseLog(log: string): Point[] {
  const counts = new Map<string, number>();
  const points: Point[] = [];
  let inside = false;
  for (const line of log.split("\n")) {
    if (line.includes("/fovea-sweep-begin")) inside = true;
    if (line.includes("/fovea-sweep-end")) return points;
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined || call === "access") continue;
    const k = (counts.get(call) ?? 0) + 1;
    counts.set(call, k);
    if (inside) points.push({ call, k });
  }
  throw new Error("the scenario did not reach its end undisturbed");
}

export interface Outcome {
  readonly point: string;
  /** How it ended: its exit code or the signal. */
  readonly end: number | NodeJS.Signals;
  /** What was acknowledged before the end. */
  readonly did: readonly string[];
  readonly stderr: string;
}

/** Runs scenario `name` on `directory` with `injection` (strace's words: `signal=KILL`, `error=EIO`) at `point`. */
export function disturbed(
  name: string,
  directory: string,
  { call, k }: Point,
  injection: string,
  onwards = false,
): Promise<Outcome> {
  const inject = `inject=${call}:${injection}:when=${k}${onwards ? "+" : ""}`;
  const options = ["-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject];
  const child = spawn("strace", [...options, process.execPath, scenarioFile, name, directory], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => (stdout += String(data)));
  child.stderr.on("data", (data) => (stderr += String(data)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => {
      const did = [...stdout.matchAll(/^did (.*)$/gm)].map((match) => match[1]);
      resolve({ point: `${name}: ${inject}`, end: signal ?? exitCode ?? -1, did, stderr });
    });
  });
}
