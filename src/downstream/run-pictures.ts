import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readFileBytes } from "../files/byte-source.node.ts";
import type { RunDirectory } from "../train/run-directory.ts";

/** A picture of a run and the step it was made at. */
export interface RunPicture {
  readonly step: number;
  readonly png: Uint8Array;
}

/** PNG files of our own making; far above any grid of pictures. */
const mostBytes = 2 ** 26;

/** The newest `samples/STEP/NAME.png` of a run; undefined where there is none. */
export function latestPicture(run: RunDirectory, name: string): RunPicture | undefined {
  const samples = join(run.path, "samples");
  if (!existsSync(samples)) return undefined;
  const steps = readdirSync(samples).filter(
    (folder) => /^\d{8}$/.test(folder) && existsSync(join(samples, folder, `${name}.png`)),
  );
  const last = steps.sort().at(-1);
  if (last === undefined) return undefined;
  return { step: Number(last), png: readFileBytes(join(samples, last, `${name}.png`), mostBytes) };
}
