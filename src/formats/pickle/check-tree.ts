import type { FoveaError } from "../../errors/fovea-error.ts";
import { childrenOf, describe, nodeOf, type PickleNode, type PickleValue } from "./pickle-value.ts";

/**
 * Throws for a value that contains itself, or is nested deeper than `maxDepth` containers. Each container is visited
 * once, however often it is shared (a chain of n lists that each hold the next twice has 2^n paths).
 */
export function checkTree(
  root: PickleValue,
  maxDepth: number,
  refuse: (what: "cycle" | "depth", message: string) => FoveaError,
): void {
  const heights = new Map<PickleNode, number>();
  const open = new Set<PickleNode>();

  /** Containers below and including `child`; recursion ends at `maxDepth`. */
  function heightOf(child: PickleValue, depth: number): number {
    const value = nodeOf(child);
    if (value === undefined) return 0;
    if (open.has(value)) throw refuse("cycle", `${describe(value)} contains itself`);
    const known = heights.get(value);
    if (depth + (known ?? 1) > maxDepth) throw refuse("depth", `containers are nested deeper than ${maxDepth}`);
    if (known !== undefined) return known;
    open.add(value);
    let height = 0;
    for (const inner of childrenOf(value)) height = Math.max(height, heightOf(inner, depth + 1));
    open.delete(value);
    heights.set(value, height + 1);
    return height + 1;
  }

  heightOf(root, 0);
}
