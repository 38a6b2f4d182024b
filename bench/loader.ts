import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FoveaError } from "../src/errors/fovea-error.ts";
import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import { chosen } from "./chosen.ts";
import type { Contestant } from "./contestant.ts";
import type { Comparison } from "./table.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const sample = here("../../shared/data/imagenet-sample");
/** Times each of the sample's 55 pictures stands in the folder, so that an epoch is several steps. */
const copies = 20;
const [batch, batches] = [32, 8];

/** Decoding JPEG files, random resized crop to 224, flip, normalise: images a second against torchvision. */
export async function loader({ only, threads, ...options }: BenchOptions): Promise<Comparison[]> {
  const folder = mkdtempSync(join(tmpdir(), "fovea-bench-loader-"));
  try {
    fill(folder);
    const contestants = chosen(loaders(folder, threads), only);
    const title = `${batch * batches} ImageNet JPEGs decoded, random resized crop 224, ${threads} workers`;
    return [{ title, outcomes: await alternate(contestants, options) }];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function loaders(folder: string, workers: number): Contestant[] {
  const numbers = [batch, batches, workers].map(String);
  const python = process.env["FOVEA_PEERS_PYTHON"] ?? "python3";
  return [
    { name: "fovea", command: [process.execPath, here("run.js"), "contestants/fovea-loader.ts", folder, ...numbers] },
    {
      name: "torchvision",
      command: [python, here("peers/loader.py"), folder, ...numbers],
      install: `no program '${python}'; make an environment (bench/README.md) and name its python in FOVEA_PEERS_PYTHON`,
    },
  ];
}

/** train/COPY/… and val/COPY/…, as both read it. */
function fill(folder: string): void {
  if (!existsSync(sample)) {
    throw new FoveaError("bench/data", `${sample} is not there`, {
      hint: "this bench reads JPEGs of ImageNet from it",
    });
  }
  const pictures = readdirSync(sample).filter((name) => name.endsWith(".JPEG"));
  for (let copy = 0; copy < copies; copy++) {
    for (const split of ["train", "val"]) {
      const to = join(folder, split, String(copy));
      mkdirSync(to, { recursive: true });
      for (const name of split === "train" ? pictures : pictures.slice(0, 1))
        copyFileSync(join(sample, name), join(to, name));
    }
  }
}
