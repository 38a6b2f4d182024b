import { FoveaError } from "../../errors/fovea-error.ts";
import type { HostTensor } from "../../graph/dtype.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { VitOptions } from "../../models/vit-options.ts";
import { Vit } from "../../models/vit.ts";
import type { StateDict } from "../../nn/state-dict.ts";

export interface StagedVitOptions extends Omit<VitOptions, "depth" | "pool"> {
  /** Blocks of each stage. */
  readonly depths: readonly number[];
}

/**
 * DeiT's ViT cut into stages: the first owns class token, positions and patch embedding, the last the norm and the head,
 * each its blocks; tokens [B, 1 + N, D] pass from one to the next. The meta model has one block in each stage, a hybrid
 * network more in one of them. Parameters are the flat ViT's, `blocks.0` on. Source: deep-incubation section 3.
 */
export class StagedVit extends Vit {
  readonly depths: readonly number[];

  constructor({ depths, ...options }: StagedVitOptions) {
    checkDepths(depths);
    super({ ...options, pool: "class", depth: depths.reduce((sum, depth) => sum + depth, 0) });
    this.depths = depths;
  }

  /**
   * [B, 3, S, S] → logits [B, K], with no gradient passing into the stages before `target`: what a hybrid network trains
   * by (section 4.1).
   */
  hybrid(image: Tensor, target: number): Tensor {
    if (target === 0) return this.forward(image);
    const before = this.depths.slice(0, target).reduce((sum, depth) => sum + depth, 0);
    const handed = this.runBlocks(this.embed(this.patches(image)), { end: before }).stopGradient();
    return this.classify(this.normalise(this.runBlocks(handed, { start: before })));
  }
}

function checkDepths(depths: readonly number[]): void {
  if (depths.length > 0 && depths.every((depth) => Number.isInteger(depth) && depth > 0)) return;
  throw new FoveaError(
    "models/depths",
    `StagedVit: depths [${depths.join(", ")}] are not one whole number above 0 for each stage`,
    { exitCode: 2 },
  );
}

/** The stage that owns a parameter of the flat network. */
export function stageOf(name: string, depths: readonly number[]): number {
  if (/^(cls_token|pos_embed|patch_embed)(\.|$)/.test(name)) return 0;
  return placeOf(name, depths)?.stage ?? depths.length - 1;
}

/** Where a block's name points: its stage and the name there, blocks counted from 0. */
function placeOf(name: string, depths: readonly number[]): { stage: number; local: string } | undefined {
  const match = /^blocks\.(\d+)\.(.*)$/.exec(name);
  if (match === null) return undefined;
  let block = Number(match[1]);
  const stage = depths.findIndex((depth) => {
    if (block < depth) return true;
    block -= depth;
    return false;
  });
  if (stage < 0) {
    throw new FoveaError("models/depths", `${name} is behind the last block of depths [${depths.join(", ")}]`, {
      hint: "the weights belong to a deeper network",
    });
  }
  return { stage, local: `blocks.${block}.${match[2]}` };
}

/** The state dict of each stage under its local names, the official `model_stages`. */
export function splitStages(states: StateDict, depths: readonly number[]): Map<string, HostTensor>[] {
  const stages = depths.map(() => new Map<string, HostTensor>());
  for (const [name, value] of states) stages[stageOf(name, depths)].set(placeOf(name, depths)?.local ?? name, value);
  return stages;
}

/**
 * The flat state dict of stages that were trained apart, in their order. No meta weight is among them: tokens come from
 * the first stage, norm and head from the last (section 4.1).
 *
 * @param depths blocks that each stage must have
 * @throws FoveaError when a stage has another number of blocks or parts that are not its own
 */
export function assembleStages(stages: readonly StateDict[], depths: readonly number[]): Map<string, HostTensor> {
  if (stages.length !== depths.length) {
    throw new FoveaError("models/depths", `${stages.length} stages do not fill depths [${depths.join(", ")}]`, {
      hint: "give one module file for each stage, in the order of the stages",
      exitCode: 2,
    });
  }
  const flat = new Map<string, HostTensor>();
  let before = 0;
  stages.forEach((stage, index) => {
    checkStage(stage, index, depths);
    for (const [name, value] of stage)
      flat.set(
        name.replace(/^blocks\.(\d+)/, (_, block: string) => `blocks.${Number(block) + before}`),
        value,
      );
    before += depths[index];
  });
  return flat;
}

function checkStage(stage: StateDict, index: number, depths: readonly number[]): void {
  const names = [...stage.keys()];
  const blocks = new Set(names.flatMap((name) => /^blocks\.(\d+)\./.exec(name)?.[1] ?? []));
  if (blocks.size !== depths[index]) {
    throw new FoveaError(
      "models/depths",
      `stage ${index} has ${blocks.size} blocks, depths [${depths.join(", ")}] want ${depths[index]}`,
      { hint: "the module file was trained for other depths, or stands in another stage's place", exitCode: 2 },
    );
  }
  const foreign = names.find((name) => !name.startsWith("blocks.") && stageOf(name, depths) !== index);
  if (foreign !== undefined) {
    throw new FoveaError("models/depths", `stage ${index} has ${foreign}, which belongs to another stage`, {
      hint: "give the module files in the order of the stages",
      exitCode: 2,
    });
  }
}
