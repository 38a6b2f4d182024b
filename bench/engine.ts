import { fileURLToPath } from "node:url";
import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import { chosen, named } from "./chosen.ts";
import type { Contestant } from "./contestant.ts";
import type { Comparison } from "./table.ts";
import { vitArguments, vitB, vitS, vitTi, type VitStep } from "./vit-step.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** One full AdamW step of ViT-Ti (batch 32), ViT-S (batch 16) and ViT-B (batch 8): design/engine.md, 'Bars for the engine'. */
export async function engine({ only, of, threads, ...options }: BenchOptions): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [name, sizes] of named({ "ViT-Ti": vitTi, "ViT-S": vitS, "ViT-B": vitB }, of)) {
    const step = { ...sizes, threads };
    const contestants = chosen(engineContestants(step), only);
    options.progress(`${name}: ${contestants.length} contestants`);
    const { dim, depth, tokens, batch } = sizes;
    const title = `${name}, full AdamW step, float32: dim ${dim}, ${depth} blocks, ${tokens} tokens, batch ${batch}`;
    comparisons.push({ title, outcomes: await alternate(contestants, options) });
  }
  return comparisons;
}

/** Who takes the step, the subject of the ratios first. */
export function engineContestants(step: VitStep): Contestant[] {
  const sizes = vitArguments(step);
  const ours = (file: string): [string, ...string[]] => [process.execPath, here("run.js"), file, ...sizes];
  const python = process.env["FOVEA_PEERS_PYTHON"] ?? "python3";
  const torch = (mode: string): Contestant => ({
    name: `PyTorch ${mode}`,
    command: [python, here("peers/vit.py"), mode, ...sizes],
    install: `no program '${python}'; make an environment (bench/README.md) and name its python in FOVEA_PEERS_PYTHON`,
  });
  return [
    { name: "fovea", command: ours("contestants/fovea-vit.ts") },
    { name: "products alone", command: ours("contestants/products.ts") },
    torch("eager"),
    torch("compile"),
    // two slow ones: enough rounds for a ratio that is far from 1 anyway
    { name: "jax-js wasm", command: ours("peers/jax-js-vit.ts"), rounds: 2, steps: 1 },
    { name: "TensorFlow.js wasm", command: ours("peers/tensorflow-vit.ts"), rounds: 2, steps: 1 },
  ];
}
