import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchOptions } from "./benches.ts";
import { convArguments, convNetworks, type ConvNetwork } from "./conv-step.ts";
import { profileOf, type OperatorProfile } from "./operator-profile.ts";
import { vitArguments, vitS, vitTi } from "./vit-step.ts";

/** Our own steps of the benches `engine` and `conv`, by operator. Sums up rounds · steps runs. */
export function profile({ only, threads, rounds, steps, progress }: BenchOptions): OperatorProfile[] {
  const all = new Map<string, readonly string[]>([
    ["ViT-Ti", ["contestants/fovea-vit.ts", ...vitArguments({ ...vitTi, threads })]],
    ["ViT-S", ["contestants/fovea-vit.ts", ...vitArguments({ ...vitS, threads })]],
  ]);
  for (const [network, sizes] of Object.entries(convNetworks)) {
    const step = { network: network as ConvNetwork, ...sizes, threads }; // a key of the record
    all.set(network, ["contestants/fovea-conv.ts", ...convArguments(step)]);
  }
  const chosen = [...all].filter(
    ([name]) => only.length === 0 || only.some((part) => name.toLowerCase().includes(part.toLowerCase())),
  );
  return chosen.map(([name, command]) => {
    progress(`profiling ${name}`);
    return profileOf(`${name}, full AdamW step`, profileJson(command, rounds * steps));
  });
}

/** Runs a contestant for `steps` steps and gives what ONNX Runtime wrote. */
function profileJson(command: readonly string[], steps: number): string {
  const folder = mkdtempSync(join(tmpdir(), "fovea-profile-"));
  try {
    const runner = fileURLToPath(new URL("run.js", import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [runner, ...command, `profile=${join(folder, "ort")}`], {
      input: `${steps}\n`,
      encoding: "utf8",
    });
    const [file] = readdirSync(folder);
    if (status !== 0 || file === undefined) throw new Error(`${command[0]} ended early (${status}): ${stderr}`);
    return readFileSync(join(folder, file), "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
