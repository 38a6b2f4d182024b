import type { Tensor } from "../../../src/graph/tensor.ts";
import type { OfficialCase } from "./official-case.ts";

/**
 * The stored intermediate values that a trace has tapped: `PREFIXmid/PATH` for every module path that both know, with
 * `rename` for paths of ours that are called otherwise there.
 */
export function tappedFeatures(
  { names }: OfficialCase,
  features: ReadonlyMap<string, Tensor>,
  { prefix = "", rename = (path: string): string => path } = {},
): Record<string, Tensor> {
  const stored = new Set(names);
  return Object.fromEntries(
    [...features]
      .map(([path, tensor]) => [`${prefix}mid/${rename(path)}`, tensor] as const)
      .filter(([name]) => stored.has(name)),
  );
}
