import { FoveaError } from "../src/errors/fovea-error.ts";

/** The networks of design/conv-layout.md, 'Bars', each with the sizes of its step. */
export const convNetworks = {
  /** ResNet-20 for 10 classes of 32×32 images (arXiv 1512.03385 §4.2; 1×1 convolutions as shortcuts). */
  "resnet-20": { batch: 128, size: 32 },
  /** 3×3 convolutions of 32, 64, 128 channels with group norm, down by stride, up by nearest neighbour; regression. */
  "u-net": { batch: 16, size: 64 },
  /** Five 3×3 convolutions of 128 channels with bias and ReLU, and a 1×1 one to 3 channels; regression. */
  "128-channel stack": { batch: 16, size: 32 },
} as const;
export type ConvNetwork = keyof typeof convNetworks;

export interface ConvStep {
  readonly network: ConvNetwork;
  readonly batch: number;
  readonly size: number;
  readonly threads: number;
}

/** `network=u-net batch=16 …`, what `parseConvStep` reads. */
export const convArguments = ({ network, batch, size, threads }: ConvStep): string[] => [
  `network=${network}`,
  `batch=${batch}`,
  `size=${size}`,
  `threads=${threads}`,
];

/** Reads `network=u-net batch=16 …`; throws FoveaError naming what is missing or not known. */
export function parseConvStep(args: readonly string[]): ConvStep {
  const given = new Map(args.map((arg) => arg.split("=", 2) as [string, string]));
  const number = (field: string): number => {
    const value = Number(given.get(field));
    if (Number.isInteger(value) && value > 0) return value;
    throw new FoveaError("bench/conv-step", `${field}=${given.get(field)}: expected a whole number above zero`);
  };
  const network = given.get("network") ?? "";
  if (!Object.hasOwn(convNetworks, network))
    throw new FoveaError(
      "bench/conv-step",
      `network=${network}: expected one of ${Object.keys(convNetworks).join(", ")}`,
    );
  return {
    network: network as ConvNetwork, // checked in the line above
    batch: number("batch"),
    size: number("size"),
    threads: number("threads"),
  };
}
