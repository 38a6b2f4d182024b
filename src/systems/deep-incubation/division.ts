import { FoveaError } from "../../errors/fovea-error.ts";

/**
 * A network cut into modules: for each module, its blocks in each stage of the backbone. A ViT has one stage:
 * [[3], [3], [3], [3]]. A Swin-T cut at its stages is [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 6, 0], [0, 0, 0, 2]], and cut
 * inside one of them [[2, 2, 2, 0], [0, 0, 4, 2]].
 */
export type Division = readonly (readonly number[])[];

/** Blocks of each module. */
export const blocksOf = (division: Division): number[] => division.map(sum);

/** Blocks in each stage of the backbone. */
export const stageDepths = (division: Division): number[] =>
  division[0].map((_, stage) => sum(division.map((module) => module[stage])));

/** Blocks before `module` in the whole network. */
export const blocksBefore = (division: Division, module: number): number => sum(blocksOf(division).slice(0, module));

/** The module that block `block` of the whole network is in. */
export function moduleOfBlock(division: Division, block: number): number {
  let end = 0;
  return blocksOf(division).findIndex((blocks) => (end += blocks) > block);
}

/** In each stage, the blocks at which a module begins. */
export function moduleStarts(division: Division): number[][] {
  return stageDepths(division).map((_, stage) => {
    let before = 0;
    return division.flatMap((module) => {
      const start = before;
      before += module[stage];
      return module[stage] > 0 ? [start] : [];
    });
  });
}

/**
 * Cuts a backbone whose stages have `depths` blocks into modules of `blocks` blocks each.
 *
 * @throws FoveaError when they do not add up
 */
export function divide(depths: readonly number[], blocks: readonly number[]): Division {
  const [all, wanted] = [sum(depths), sum(blocks)];
  const areCounts = [...depths, ...blocks].every((count) => Number.isInteger(count) && count > 0);
  if (!areCounts || blocks.length === 0 || all !== wanted)
    throw divisionError(
      `modules of [${blocks.join(", ")}] blocks do not fill a network of ${all} blocks (${depths.join(" + ")})`,
      "give whole numbers above 0 whose sum is the network's depth, one for each module",
    );
  const left = [...depths];
  return blocks.map((count) => {
    let wanted = count;
    return left.map((free, stage) => {
      const taken = Math.min(free, wanted);
      left[stage] -= taken;
      wanted -= taken;
      return taken;
    });
  });
}

/** Modules of equal depth. @throws FoveaError where `count` does not divide the number of blocks */
export function divideEqually(depths: readonly number[], count: number): Division {
  const all = sum(depths);
  if (count < 1 || all % count !== 0)
    throw divisionError(
      `${all} blocks cannot be cut into ${count} equal modules`,
      "set modules.depths to the blocks of each module",
    );
  return divide(
    depths,
    Array.from({ length: count }, () => all / count),
  );
}

/** The meta model: of every module `depth` blocks in each stage that the module reaches. */
export const metaDivision = (division: Division, depth = 1): Division =>
  division.map((module) => module.map((blocks) => Math.min(blocks, depth)));

/**
 * The hybrid network: the meta model with `module` in the place of its counterpart. Source: section 4.1.
 * @throws FoveaError where there is no such module
 */
export function hybridDivision(meta: Division, target: Division, module: number): Division {
  if (!Number.isInteger(module) || module < 0 || module >= target.length)
    throw divisionError(`there is no module ${module}`, `modules are counted from 0 to ${target.length - 1}`);
  return meta.map((blocks, i) => (i === module ? target[i] : blocks));
}

function divisionError(problem: string, hint: string): FoveaError {
  return new FoveaError("incubation/division", problem, { hint, exitCode: 2 });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
