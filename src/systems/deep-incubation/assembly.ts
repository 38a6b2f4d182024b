import { FoveaError } from "../../errors/fovea-error.ts";
import type { DividedNetwork } from "../../models/divided-network.ts";
import { Module, prepare } from "../../nn/module.ts";
import type { StateDict } from "../../nn/state-dict.ts";
import { initialWeights } from "../../train/initial-weights.ts";
import type { TaskContext } from "../../train/task.ts";
import { type BackboneRecipe, layoutOf, networkOf, type NetworkSize } from "./backbone.ts";
import { type Division, hybridDivision } from "./division.ts";
import { MetaRecord, recordedHash } from "./meta-record.ts";
import { assembleModules, moduleStates } from "./module-states.ts";

export interface AssemblyParts {
  /** The target, with its division. */
  readonly network: DividedNetwork;
  readonly division: Division;
  readonly meta: Division;
  readonly model: BackboneRecipe;
  readonly size: NetworkSize;
  readonly acceptOtherMetas: boolean;
}

/**
 * The target's weights out of modules that were trained apart: of part i, a run or a file of the whole hybrid network,
 * module i alone. Source: section 4.1.
 *
 * @throws FoveaError where a part is missing or does not fit its place, or was trained beside another meta model
 */
export function assembledWeights(
  parts: readonly string[],
  { network, division, meta, model, size, acceptOtherMetas }: AssemblyParts,
  log: TaskContext["log"],
): StateDict {
  if (parts.length !== division.length) {
    throw new FoveaError("incubation/modules", `${parts.length} modules do not fill ${division.length} places`, {
      hint: "give one run or file for each module, in the order of the network",
      exitCode: 2,
    });
  }
  const hashes = parts.map((part) => hashOf(part, model));
  if (!acceptOtherMetas) checkMetas(parts, hashes, log);
  const modules = parts.map((part, module) => {
    const hybrid = hybridDivision(meta, division, module);
    const whole = prepare(networkOf(model, hybrid, size));
    return moduleStates(whole, hybrid, module, initialWeights(whole, part, layoutOf(model)).states);
  });
  return assembleModules(network, division, modules);
}

/** The record alone, under its name in a file. */
class Recorded extends Module {
  readonly incubation = new MetaRecord();
}

const hashOf = (part: string, model: BackboneRecipe): string | undefined =>
  recordedHash(initialWeights(prepare(new Recorded()), part, layoutOf(model), { strict: false }).states);

/** @throws FoveaError that names the first part whose meta model is not the first one's */
function checkMetas(parts: readonly string[], hashes: readonly (string | undefined)[], log: TaskContext["log"]): void {
  const known = hashes.findIndex((hash) => hash !== undefined);
  parts.forEach((part, i) => {
    if (hashes[i] === undefined) return log(`${part} does not say which meta model it was trained beside`);
    if (hashes[i] === hashes[known]) return;
    throw new FoveaError(
      "incubation/meta",
      `module ${i}, ${part}, was trained beside meta model ${short(hashes[i])}, module ${known}, ${parts[known]}, beside ${short(hashes[known])}`,
      {
        hint: "only modules of one meta model fit each other; acceptOtherMetas=true assembles them all the same",
        exitCode: 2,
      },
    );
  });
}

const short = (hash: string | undefined): string => hash?.slice(0, 12) ?? "unknown";
