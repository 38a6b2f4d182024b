import { unknownName } from "../../errors/unknown-name.ts";
import { vitSizes } from "../../models/vit-sizes.ts";
import type { VitOptions } from "../../models/vit-options.ts";
import { Vit } from "../../models/vit.ts";

interface IncubationSize extends VitOptions {
  readonly imageSize: number;
  readonly patchSize: number;
}

const at = (imageSize: number, patchSize: number) => ({ imageSize, patchSize });
/** The huge ones have no biases of q, k and v, and the library's ε. */
const huge = { ...vitSizes["vit-h"], qkvBias: false, eps: 1e-5 } as const;

/** The networks of deep-incubation section 3, K = 1000, DeiT-T for CIFAR 100. */
export const incubationSizes = {
  vit_base_patch16_224: { ...vitSizes["vit-b"], ...at(224, 16) },
  vit_base_patch16_384: { ...vitSizes["vit-b"], ...at(384, 16) },
  vit_large_patch16_224: { ...vitSizes["vit-l"], ...at(224, 16) },
  vit_large_patch16_384: { ...vitSizes["vit-l"], ...at(384, 16) },
  vit_huge_patch14_224: { ...huge, ...at(224, 14) },
  vit_huge_patch14_392: { ...huge, ...at(392, 14) },
  deit_tiny_patch16_224: { ...vitSizes["vit-ti"], ...at(224, 16) },
  deit_small_patch16_224: { ...vitSizes["vit-s"], ...at(224, 16) },
  "DeiT-T-32": { ...vitSizes["vit-ti"], depth: 32, classes: 100, ...at(32, 4) },
  "DeiT-T-128": { ...vitSizes["vit-ti"], depth: 128, classes: 100, ...at(32, 4) },
} as const satisfies Record<string, IncubationSize>;

export type IncubationName = keyof typeof incubationSizes;

/**
 * The network called `name`, with `depth` blocks in place of its own: 4 is the meta model of four modules.
 * @throws FoveaError, with the nearest name, where there is none
 */
export function incubationNetwork(name: string, depth?: number): Vit {
  if (!Object.hasOwn(incubationSizes, name)) {
    throw unknownName("models/unknown", "network", name, Object.keys(incubationSizes));
  }
  const options: IncubationSize = incubationSizes[name as IncubationName]; // it is one of its keys
  return new Vit({ ...options, depth: depth ?? options.depth });
}
