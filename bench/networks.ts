import { fileURLToPath } from "node:url";
import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import { chosen, named } from "./chosen.ts";
import type { Contestant } from "./contestant.ts";
import { benchNetworks, networkArguments, type BenchNetwork, type NetworkRun } from "./network-run.ts";
import type { Comparison } from "./table.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** One full AdamW step of networks that the benches `engine` and `conv` do not have. */
export const vision = (options: BenchOptions): Promise<Comparison[]> =>
  compare("train", { "resnet-50": benchNetworks["resnet-50"], "swinv2-t": benchNetworks["swinv2-t"] }, options);

/** A forward pass in evaluation mode. */
export const inference = (options: BenchOptions): Promise<Comparison[]> => compare("infer", benchNetworks, options);

type Sizes = (typeof benchNetworks)[BenchNetwork];

async function compare(
  task: NetworkRun["task"],
  networks: Readonly<Record<string, Sizes>>,
  { only, of, threads, ...options }: BenchOptions,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [name, { size, trainBatch, inferBatch }] of named(networks, of)) {
    const batch = task === "train" ? trainBatch : inferBatch;
    const run: NetworkRun = { network: name as BenchNetwork, task, batch, size, threads }; // a key of the record
    options.progress(`${name}, ${task}`);
    const what = task === "train" ? "full AdamW step" : "forward pass";
    comparisons.push({
      title: `${name}, ${what}, float32: ${size}×${size}, batch ${batch}`,
      outcomes: await alternate(chosen(contestants(run), only), options),
    });
  }
  return comparisons;
}

function contestants(run: NetworkRun): Contestant[] {
  const sizes = networkArguments(run);
  const python = process.env["FOVEA_PEERS_PYTHON"] ?? "python3";
  const torch = (mode: string): Contestant => ({
    name: `PyTorch ${mode}`,
    command: [python, here("peers/networks.py"), mode, ...sizes],
    install: `no program '${python}'; make an environment (bench/README.md) and name its python in FOVEA_PEERS_PYTHON`,
  });
  return [
    { name: "fovea", command: [process.execPath, here("run.js"), "contestants/fovea-network.ts", ...sizes] },
    torch("eager"),
    ...(/resnet|u-net/.test(run.network) ? [torch("channels_last")] : []),
    torch("compile"),
  ];
}
