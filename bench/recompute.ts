import { fileURLToPath } from "node:url";
import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import type { Comparison } from "./table.ts";
import { vitArguments, vitTi } from "./vit-step.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Gradient checkpointing: 24 blocks on the tokens of an image of 224 pixels, where activations are most of the memory. */
export async function recompute({ threads, ...options }: BenchOptions): Promise<Comparison[]> {
  const step = { ...vitTi, depth: 24, tokens: 197, batch: 16, threads };
  const ours = [process.execPath, here("run.js"), "contestants/fovea-vit.ts", ...vitArguments(step)] as const;
  const outcomes = await alternate(
    [
      { name: "blocks computed again", command: [...ours, "recompute"] },
      { name: "blocks kept", command: ours },
    ],
    options,
  );
  return [{ title: `ViT, full AdamW step: dim 192, 24 blocks, 197 tokens, batch 16`, outcomes }];
}
