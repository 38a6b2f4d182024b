import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import type { Comparison } from "./table.ts";
import { vitArguments, vitTi } from "./vit-step.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What the cache of compiled programs saves (docs/design/compiling.md). */
export async function compileTimes({ threads, ...options }: BenchOptions): Promise<Comparison[]> {
  const step = { ...vitTi, threads };
  const ours = [process.execPath, here("run.js"), "contestants/fovea-compile.ts", ...vitArguments(step)] as const;
  const folder = mkdtempSync(join(tmpdir(), "fovea-bench-"));
  try {
    const outcomes = await alternate(
      [
        { name: "from the cache", command: ours, environment: { FOVEA_CACHE: folder } },
        { name: "from nothing", command: ours, environment: { FOVEA_CACHE: "off" } },
      ],
      options,
    );
    return [{ title: "ViT-Ti's training step, traced, differentiated and compiled", outcomes }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
