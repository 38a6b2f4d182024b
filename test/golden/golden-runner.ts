import type { DeviceName } from "../../src/runtime/device.ts";
import { parseGoldenSet } from "./manifest.ts";
import { openOfficialCase } from "./official/official-case.ts";
import { runOfficialCase, unbuiltOfficial } from "./official/run-official-case.ts";
import type { CaseResult } from "./run-case.ts";
import { caseNames, runSet } from "./run-set.ts";

/** Cases of operators (`ops.json`), or one small instance of an official model (`case.json`). */
export type GoldenKind = "operators" | "official";

/** A set of golden cases, in memory: the same code runs it in Node and in the browser. */
export interface GoldenRunner {
  readonly names: readonly string[];
  /** Why nothing of the set can run on any device: the model is not built yet. */
  readonly unbuilt?: string | undefined;
  /** Runs the cases in `names` (default: all), one after another, in the manifest's order. */
  run(device: DeviceName, names?: readonly string[]): Promise<CaseResult[]>;
}

/** What `golden-files.ts` found, opened. `files` holds bytes by the names that it gave. */
export function openGolden(kind: GoldenKind, manifest: string, files: ReadonlyMap<string, Uint8Array>): GoldenRunner {
  if (kind === "official") {
    const official = openOfficialCase(manifest, files);
    return {
      names: [official.name],
      unbuilt: unbuiltOfficial(official),
      run: async (device) => [await runOfficialCase(official, device)],
    };
  }
  const bytes = (name: string): Uint8Array => files.get(name) ?? new Uint8Array();
  const set = parseGoldenSet(new TextDecoder().decode(bytes("ops.json")), bytes("ops.safetensors"), manifest);
  return { names: caseNames(set), run: (device, names) => runSet(set, device, names) };
}
