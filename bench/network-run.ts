import { FoveaError } from "../src/errors/fovea-error.ts";

/** The networks of the benches `vision` and `inference`; images of `size` pixels. */
export const benchNetworks = {
  /** dim 192, 12 blocks, patches of 4: 65 tokens */
  "vit-ti": { size: 32, trainBatch: 32, inferBatch: 32 },
  /** dim 384 */
  "vit-s": { size: 32, trainBatch: 16, inferBatch: 16 },
  /** dim 768 */
  "vit-b": { size: 32, trainBatch: 8, inferBatch: 8 },
  "resnet-50": { size: 224, trainBatch: 4, inferBatch: 4 },
  /** windows of 8 tokens, patches of 4 */
  "swinv2-t": { size: 256, trainBatch: 2, inferBatch: 4 },
  /** the U-Net of the bench `conv` */
  "u-net": { size: 64, trainBatch: 16, inferBatch: 16 },
} as const;
export type BenchNetwork = keyof typeof benchNetworks;

/** What a contestant is asked to do with a network. */
export interface NetworkRun {
  readonly network: BenchNetwork;
  /** `train`: a full AdamW step; `infer`: a forward pass in evaluation mode. */
  readonly task: "train" | "infer";
  readonly batch: number;
  readonly size: number;
  readonly threads: number;
}

/** `network=u-net task=train …`, what `parseNetworkRun` reads. */
export const networkArguments = (run: NetworkRun): string[] =>
  Object.entries(run).map(([field, value]) => `${field}=${value}`);

/** Throws FoveaError naming what is missing or not known. */
export function parseNetworkRun(args: readonly string[]): NetworkRun {
  const given = new Map(args.map((arg) => arg.split("=", 2) as [string, string]));
  const refuse = (field: string, expected: string): FoveaError =>
    new FoveaError("bench/network-run", `${field}=${given.get(field)}: expected ${expected}`, { exitCode: 2 });
  const number = (field: string): number => {
    const value = Number(given.get(field));
    if (!Number.isInteger(value) || value < 1) throw refuse(field, "a whole number above zero");
    return value;
  };
  const network = given.get("network") ?? "";
  if (!Object.hasOwn(benchNetworks, network)) throw refuse("network", Object.keys(benchNetworks).join(", "));
  const task = given.get("task");
  if (task !== "train" && task !== "infer") throw refuse("task", "train or infer");
  return {
    network: network as BenchNetwork, // checked above
    task,
    batch: number("batch"),
    size: number("size"),
    threads: number("threads"),
  };
}
