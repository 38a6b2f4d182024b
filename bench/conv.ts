import { fileURLToPath } from "node:url";
import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import { chosen } from "./chosen.ts";
import type { Contestant } from "./contestant.ts";
import { convArguments, convNetworks, type ConvNetwork, type ConvStep } from "./conv-step.ts";
import type { Comparison } from "./table.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** One full AdamW step of three convolutional networks: design/conv-layout.md, 'Bars'. */
export async function conv({ only, threads, ...options }: BenchOptions): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [network, sizes] of Object.entries(convNetworks)) {
    const step = { network: network as ConvNetwork, ...sizes, threads }; // a key of the record
    const contestants = chosen(convContestants(step), only);
    options.progress(`${network}: ${contestants.length} contestants`);
    const title = `${network}, full AdamW step, float32: ${sizes.size}×${sizes.size}, batch ${sizes.batch}`;
    comparisons.push({ title, outcomes: await alternate(contestants, options) });
  }
  return comparisons;
}

/** Who takes the step, the subject of the ratios first. */
function convContestants(step: ConvStep): Contestant[] {
  const sizes = convArguments(step);
  const ours = (...more: string[]): [string, ...string[]] => [
    process.execPath,
    here("run.js"),
    "contestants/fovea-conv.ts",
    ...sizes,
    ...more,
  ];
  const python = process.env["FOVEA_PEERS_PYTHON"] ?? "python3";
  const torch = (mode: string): Contestant => ({
    name: `PyTorch ${mode}`,
    command: [python, here("peers/conv.py"), mode, ...sizes],
    install: `no program '${python}'; make an environment (bench/README.md) and name its python in FOVEA_PEERS_PYTHON`,
  });
  return [
    { name: "fovea", command: ours() },
    { name: "plain layout", command: ours("layout=plain") },
    torch("eager"),
    torch("channels_last"),
    torch("compile"),
  ];
}
