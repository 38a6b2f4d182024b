import { FoveaError } from "../../errors/fovea-error.ts";
import { unknownName } from "../../errors/unknown-name.ts";
import type { Pixels } from "../../formats/png.ts";
import type { HostTensor } from "../../graph/dtype.ts";
import { prepare } from "../../nn/module.ts";
import { generator } from "../../random/generator.ts";
import { resolveDevice, type DeviceOptions } from "../../runtime/device.ts";
import { ResidentState } from "../../runtime/resident-state.ts";
import { checkpointWeights } from "../../train/checkpoint-weights.ts";
import { checkRecipe } from "../../train/recipe.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import { RunWeights } from "../../train/weights.ts";
import { type Conditions, conditionsOf, type Wanted } from "./conditions.ts";
import type { Generated } from "./content.ts";
import { generatedContent } from "./generated-content.ts";
import { drawBatch, inTurn } from "./draw-samples.ts";
import { uVit } from "./method.ts";
import { networkOf } from "./network.ts";
import { networkNoise, stepInputs, stepOutputs } from "./noise-function.ts";
import { toPixels } from "./pictures.ts";
import type { UVitRecipe } from "./schema.ts";
import { slerp } from "./slerp.ts";

export interface SampleRequest {
  readonly count: number;
  /** The same for all samples; absent: the model's conditions in turn. */
  readonly wanted?: Wanted;
  /** Default: the recipe's `samples`. */
  readonly sampler?: string | undefined;
  readonly steps?: number | undefined;
  readonly guidance?: number | undefined;
  readonly clamp?: boolean | undefined;
  readonly seed?: number | undefined;
  /** Number of the first sample: sample i of a seed is the same picture whatever is drawn around it. Default 0. */
  readonly first?: number;
  /** Samples on the way from one start noise to the next, so many for each way (2 or more). */
  readonly interpolate?: number | undefined;
  readonly batchSize?: number;
  /** After each batch, and before each evaluation within it. */
  readonly onProgress?: (done: SampleProgress) => void;
  /** Stops between two evaluations. */
  readonly signal?: AbortSignal | undefined;
}

export interface SampleProgress {
  readonly samples: number;
  readonly evaluation: number;
}

export interface Samples {
  /** [count, 3, S, S], about in [−1, 1]. */
  readonly values: Float32Array;
  /** S */
  readonly size: number;
  /** What each was asked to be. */
  readonly wanted: readonly Wanted[];
}

const defaultBatch = 64;

/** A trained run that makes images. It owns sessions: `dispose` of it. */
export class RunSampler implements AsyncDisposable {
  readonly recipe: UVitRecipe;
  readonly conditions: Conditions;
  readonly generated: Generated;
  readonly step: number;
  private readonly weights: RunWeights;
  private readonly state: ResidentState;
  private readonly network: ReturnType<typeof networkOf>;

  private constructor(parts: {
    recipe: UVitRecipe;
    generated: Generated;
    conditions: Conditions;
    step: number;
    states: ReadonlyMap<string, HostTensor>;
    network: ReturnType<typeof networkOf>;
    device: DeviceOptions;
  }) {
    this.recipe = parts.recipe;
    this.generated = parts.generated;
    this.conditions = parts.conditions;
    this.step = parts.step;
    this.network = parts.network;
    this.state = new ResidentState(resolveDevice(parts.device), parts.states);
    this.weights = new RunWeights(this.state);
  }

  /**
   * The moving averages of a run's checkpoint; its data need not be there any more.
   *
   * @throws FoveaError for a run of another method, or weights that do not fit its recipe
   */
  static async open(
    run: RunDirectory,
    { checkpoint, ...device }: DeviceOptions & { readonly checkpoint?: "best" | "last" | number } = {},
  ): Promise<RunSampler> {
    const { method, values } = run.readRecipe();
    if (method !== uVit.name)
      throw new FoveaError("u-vit/run", `run ${run.name} is of ${method}, which makes no images`, {
        hint: "train one: fovea train u-vit/tiny-cond",
        exitCode: 2,
      });
    const recipe = checkRecipe(uVit, values);
    const place = run.checkpoint(checkpoint);
    const generated = await generatedContent(recipe, place.path, device);
    const conditions = conditionsOf(recipe, generated);
    const network = prepare(networkOf(recipe, generated, conditions.network));
    const states = checkpointWeights([network, ...Object.values(conditions.frozen)], place.path);
    return new RunSampler({ recipe, generated, conditions, step: place.step, states, network, device });
  }

  /** The condition of a class's name or number. @throws FoveaError (exit code 2) with the nearest name */
  label(name: string): Wanted {
    const { classNames } = this.generated;
    if (this.recipe.condition !== "class")
      throw new FoveaError("u-vit/condition", `label ${name}: this model was not trained by class`, { exitCode: 2 });
    const label = /^\d+$/.test(name) ? Number(name) : classNames.indexOf(name);
    if (label >= 0 && label < classNames.length) return { label };
    throw unknownName("u-vit/label", "class", name, classNames);
  }

  /** The condition of a caption. @throws FoveaError where the model knows no text, or a word is unknown */
  text(caption: string): Wanted {
    if (this.recipe.condition !== "text")
      throw new FoveaError("u-vit/condition", `text ${JSON.stringify(caption)}: this model was not trained by text`, {
        exitCode: 2,
      });
    this.conditions.feeds([{ text: caption }]);
    return { text: caption };
  }

  /** Draws samples, batch by batch; sample i depends on seed, i and its condition alone. */
  async sample(request: SampleRequest): Promise<Samples> {
    const { count, batchSize = Math.min(defaultBatch, count), first = 0, interpolate, onProgress, signal } = request;
    const { samples: preset } = this.recipe;
    const { channels, size } = this.generated;
    const shape = [batchSize, channels, size, size] as const;
    const one = channels * size ** 2;
    const draw = {
      sampler: request.sampler ?? preset.sampler,
      steps: request.steps ?? preset.steps,
      clamp: request.clamp ?? preset.clamp,
      seed: request.seed ?? preset.seed,
    };
    const guidance = request.guidance ?? (this.conditions.hasNull ? preset.guidance : 0);
    const all =
      request.wanted === undefined ? inTurn(this.conditions.shown, count) : Array<Wanted>(count).fill(request.wanted);
    const program = await this.weights.program(`step ${batchSize}`, stepInputs(shape, this.conditions), (inputs) =>
      stepOutputs(this.network, this.conditions, inputs),
    );
    const pieces: ArrayLike<number>[] = [];
    for (let done = 0; done < count; done += batchSize) {
      const rows = Array.from({ length: batchSize }, (_, row) => Math.min(done + row, count - 1)); // the last is repeated
      const wanted = rows.map((row) => all[row]);
      const eps = networkNoise(program, this.recipe, { shape, conditions: this.conditions, wanted, guidance });
      let evaluation = 0;
      const drawn = await drawBatch(eps, this.recipe, {
        ...draw,
        places: rows.map((row) => first + row),
        size: one,
        ...(interpolate !== undefined && { start: ways(rows, { seed: draw.seed, one, interpolate }) }),
        onEvaluation() {
          signal?.throwIfAborted();
          onProgress?.({ samples: done, evaluation: ++evaluation });
        },
      });
      pieces.push(await this.generated.decode(drawn, batchSize));
    }
    onProgress?.({ samples: count, evaluation: 0 });
    return { ...joined(pieces, count, batchSize), wanted: all };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.weights.dispose();
    await this.state.dispose();
    await this.generated.close();
  }
}

/** Start noise on the sphere's arcs from noise 2k to 2k + 1. */
function ways(
  rows: readonly number[],
  { seed, one, interpolate }: { readonly seed: number; readonly one: number; readonly interpolate: number },
): Float64Array {
  const noise = (place: number): Float64Array =>
    generator(seed, "u-vit/start", place).fillNormal(new Float64Array(one));
  const start = new Float64Array(rows.length * one);
  rows.forEach((row, i) => {
    const way = Math.floor(row / interpolate);
    const share = (row % interpolate) / Math.max(1, interpolate - 1);
    start.set(slerp(noise(2 * way), noise(2 * way + 1), share), i * one);
  });
  return start;
}

function joined(pieces: readonly ArrayLike<number>[], count: number, batchSize: number) {
  const one = pieces[0].length / batchSize;
  const values = new Float32Array(count * one);
  pieces.forEach((piece, i) => {
    const wanted = Math.min(piece.length, values.length - i * batchSize * one);
    for (let at = 0; at < wanted; at++) values[i * batchSize * one + at] = piece[at];
  });
  return { values, size: Math.round(Math.sqrt(one / 3)) };
}

/** Samples as 8-bit images. */
export const samplePixels = ({ values, size, wanted }: Samples): Pixels[] =>
  wanted.map((_, row) => toPixels(values, row, size));
