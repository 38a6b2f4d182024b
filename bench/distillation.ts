import { fileURLToPath } from "node:url";
import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import { chosen } from "./chosen.ts";
import type { Contestant } from "./contestant.ts";
import type { Comparison } from "./table.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Images in a step. */
const batch = 64;

/** One step of logit distillation, a ResNet-20 taught by a ResNet-56, 32×32: cross-entropy, KL, SGD with momentum. */
export async function distillation({ only, threads, ...options }: BenchOptions): Promise<Comparison[]> {
  const sizes = [`batch=${batch}`, `threads=${threads}`];
  const python = process.env["FOVEA_PEERS_PYTHON"] ?? "python3";
  const torch = (mode: string): Contestant => ({
    name: `PyTorch ${mode}`,
    command: [python, here("peers/distillation.py"), mode, ...sizes],
    install: `no program '${python}'; make an environment (bench/README.md) and name its python in FOVEA_PEERS_PYTHON`,
  });
  const contestants: Contestant[] = [
    { name: "fovea", command: [process.execPath, here("run.js"), "contestants/fovea-distillation.ts", ...sizes] },
    torch("eager"),
    torch("channels_last"),
  ];
  const title = `ResNet-20 student, ResNet-56 teacher, distillation step, float32: 32×32, batch ${batch}`;
  return [{ title, outcomes: await alternate(chosen(contestants, only), options) }];
}
