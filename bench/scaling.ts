import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import { chosen, named } from "./chosen.ts";
import { engineContestants } from "./engine.ts";
import type { Comparison } from "./table.ts";
import { vitTi, type VitStep } from "./vit-step.ts";

/** Sizes around a narrow ViT of 6 blocks; each series changes one thing. */
const base = { ...vitTi, batch: 8, depth: 6 } as const;
type Sizes = Omit<VitStep, "threads">;
const series: Readonly<Record<string, readonly Sizes[]>> = {
  tokens: [17, 65, 197, 577].map((tokens) => ({ ...base, tokens })),
  depth: [2, 6, 12, 24].map((depth) => ({ ...base, depth })),
  width: [64, 192, 384, 768].map((dim) => ({ ...base, dim })),
  batch: [1, 4, 16, 64].map((batch) => ({ ...base, batch })),
};

/** Time of a full AdamW step against tokens, depth, width and batch: fovea and PyTorch eager. */
export async function scaling({ only, of, threads, ...options }: BenchOptions): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [what, all] of named(series, of)) {
    for (const sizes of all) {
      const contestants = engineContestants({ ...sizes, threads }).filter(({ name }) => /fovea|eager/.test(name));
      const { batch, dim, depth, tokens } = sizes;
      const title = `${what}: dim ${dim}, ${depth} blocks, ${tokens} tokens, batch ${batch}`;
      options.progress(title);
      comparisons.push({ title, outcomes: await alternate(chosen(contestants, only), options) });
    }
  }
  return comparisons;
}
