import { fileURLToPath } from "node:url";
import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import { browserContestants } from "./browser/contestants.ts";
import { chosen } from "./chosen.ts";
import type { Comparison } from "./table.ts";
import { vitArguments, vitTi } from "./vit-step.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The step of `engine` with half the blocks and a quarter of the batch, in one Chromium each: WebAssembly is slower. */
export async function browser({ only, threads, ...options }: BenchOptions): Promise<Comparison[]> {
  const step = { ...vitTi, depth: 6, batch: 8, threads };
  const contestants = browserContestants.map((library) => ({
    name: library,
    command: [process.execPath, here("browser/start.js"), ...vitArguments(step), `library=${library}`] as const,
  }));
  const title = `ViT of dim ${step.dim}, ${step.depth} blocks, ${step.tokens} tokens, batch ${step.batch}: full AdamW step in Chromium (wasm)`;
  return [{ title, outcomes: await alternate(chosen(contestants, only), options) }];
}
