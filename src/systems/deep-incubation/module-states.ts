import { FoveaError } from "../../errors/fovea-error.ts";
import { type DividedNetwork, owningBlock } from "../../models/divided-network.ts";
import type { StateDict } from "../../nn/state-dict.ts";
import { blocksBefore, type Division, moduleOfBlock } from "./division.ts";

type Blocks = Pick<DividedNetwork, "blockPaths" | "blockOf">;

/** The module that a parameter or buffer belongs to: embeddings to the first, head to the last. Source: section 3. */
export const moduleOf = (network: Blocks, division: Division, name: string): number =>
  moduleOfBlock(division, owningBlock(network, name));

/**
 * What belongs to `module`, under local names that count its blocks from 0, the official `model_stages`. Such names mean
 * the same block in the meta model, in every hybrid network and in the target.
 */
export function moduleStates<T>(
  network: Blocks,
  division: Division,
  module: number,
  states: ReadonlyMap<string, T>,
): Map<string, T> {
  const local = localPaths(network, division, module);
  const own = [...states].filter(([name]) => moduleOf(network, division, name) === module);
  return new Map(own.map(([name, value]) => [renamed(name, local), value]));
}

/** The states of every module under its local names. */
export const splitModules = <T>(
  network: Blocks,
  division: Division,
  states: ReadonlyMap<string, T>,
): Map<string, T>[] => division.map((_, module) => moduleStates(network, division, module, states));

/**
 * The state dict of `network` out of modules that were trained apart, in their order. No weight of the meta model is
 * among them: embeddings come from the first module, norm and head from the last. Source: section 4.1.
 *
 * @param modules each under its local names
 * @throws FoveaError when one is missing or has other blocks, or parts that are not its own
 */
export function assembleModules(network: Blocks, division: Division, modules: readonly StateDict[]): StateDict {
  if (modules.length !== division.length) {
    throw new FoveaError("incubation/modules", `${modules.length} modules do not fill ${division.length} places`, {
      hint: "give one module for each place, in the order of the network",
      exitCode: 2,
    });
  }
  return new Map(modules.flatMap((states, module) => [...placed(network, division, module, states)]));
}

/** States of one module under the names of the whole `network`. */
export function placed(network: Blocks, division: Division, module: number, states: StateDict): StateDict {
  const local = localPaths(network, division, module);
  const whole = new Map([...local].map(([path, localPath]) => [localPath, path]));
  const found = new Set<string>();
  const placedStates = [...states].map(([name, value]) => {
    const path = [...whole.keys()].find((candidate) => name.startsWith(`${candidate}.`));
    if (path !== undefined) found.add(path);
    const flat = renamed(name, whole);
    const isLost = path === undefined && /\bblocks\.\d+\.|^layer\d+\.\d+\./.test(name);
    if (isLost || moduleOf(network, division, flat) !== module) throw foreignError(module, name, local.size);
    return [flat, value] as const;
  });
  const missing = [...whole.keys()].find((path) => !found.has(path));
  if (missing === undefined) return new Map(placedStates);
  throw new FoveaError("incubation/modules", `module ${module} lacks ${missing}: its place has ${local.size} blocks`, {
    hint: "the module was trained for another division, or stands in another module's place",
    exitCode: 2,
  });
}

function foreignError(module: number, name: string, blocks: number): FoveaError {
  return new FoveaError(
    "incubation/modules",
    `module ${module} has ${name}, which does not belong into its place of ${blocks} blocks`,
    { hint: "give the modules in the order of the network, of the division that they were trained for", exitCode: 2 },
  );
}

/** Paths of a module's blocks in the whole network → paths that count from 0 in each stage. */
function localPaths({ blockPaths }: Blocks, division: Division, module: number): Map<string, string> {
  const own = blockPaths.slice(blocksBefore(division, module), blocksBefore(division, module + 1));
  const firsts = new Map<string, number>();
  return new Map(
    own.map((path) => {
      const dot = path.lastIndexOf(".");
      const [list, place] = [path.slice(0, dot), Number(path.slice(dot + 1))];
      if (!firsts.has(list)) firsts.set(list, place);
      return [path, `${list}.${place - (firsts.get(list) ?? 0)}`];
    }),
  );
}

/** `name` with the path at its start replaced. */
function renamed(name: string, paths: ReadonlyMap<string, string>): string {
  for (const [from, to] of paths) if (name.startsWith(`${from}.`)) return to + name.slice(from.length);
  return name;
}
