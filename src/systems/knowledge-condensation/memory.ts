import { parseJson } from "../../files/json.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import type { TaskMemory } from "../../train/task.ts";
import type { Condensation, Condenser } from "./condenser.ts";
import { applyMixes } from "./mixing.ts";
import { score } from "./ranking.ts";
import type { EpochPlan } from "./stages.ts";
import type { TrainingImages } from "./training-images.ts";

/** A condensation as its report tells it: plain numbers. */
export interface StageRecord {
  readonly epoch: number;
  readonly before: number;
  readonly after: number;
  readonly dropped: number;
  readonly reEntered: number;
  readonly mixed: number;
  readonly keptValue: number | null;
  readonly droppedValue: number | null;
  /** Scores of the kept and of the other visited points at 0, 5, …, 100%. */
  readonly keptQuantiles: readonly number[];
  readonly droppedQuantiles: readonly number[];
  /** Kept points of each class. */
  readonly keptClasses: readonly number[];
  /** Some points that came back, some that were mixed, the most and the least valuable ones. */
  readonly examples: Readonly<Record<"reEntered" | "border" | "lost" | "most" | "least", readonly number[]>>;
}

const examples = 12;

/** What the teacher says of a sample beside its label. */
interface TeacherVerdicts {
  /** Visits in which another class was the likeliest. */
  readonly contradictions: Int32Array;
  /** Σ of the probability of the label. */
  readonly ofLabel: Float64Array;
  /** The likeliest class at the last visit; −1: none yet. */
  readonly lastClass: Int32Array;
}

/**
 * The changing training set of a run: values observed in each step, the condensations, the pixels that they mix. Saved as
 * numbers and lists of mixes; pixels are mixed again from the images, to the same bits.
 */
export class CondensationMemory implements TaskMemory {
  readonly condenser: Condenser;
  readonly verdicts: TeacherVerdicts;
  readonly stages: StageRecord[] = [];
  /** Milliseconds in observing, ranking and mixing, of this process. */
  milliseconds = 0;
  private epochsDone = 0;

  constructor(
    condenser: Condenser,
    private readonly images: TrainingImages,
    private readonly plan: EpochPlan,
  ) {
    this.condenser = condenser;
    const { count } = condenser.options;
    this.verdicts = {
      contradictions: new Int32Array(count),
      ofLabel: new Float64Array(count),
      lastClass: new Int32Array(count).fill(-1),
    };
  }

  /** Takes int32 `indices` and `teacherClass`, float32 `values` and `teacherOfLabel`, each [B]. */
  afterStep(step: number, observed: ReadonlyMap<string, HostTensor>): void {
    const start = performance.now();
    const int32 = (name: string): Int32Array => (observed.get(name) as HostTensor<"int32">).data; // the step's own
    const float32 = (name: string): Float32Array => (observed.get(name) as HostTensor<"float32">).data;
    const [indices, classes] = [int32("indices"), int32("teacherClass")];
    const [values, probabilities] = [float32("values"), float32("teacherOfLabel")];
    const { contradictions, ofLabel, lastClass } = this.verdicts;
    for (let row = 0; row < indices.length; row++) {
      const point = indices[row];
      this.condenser.observe(point, values[row]);
      if (classes[row] !== this.images.labels[point]) contradictions[point]++;
      ofLabel[point] += probabilities[row];
      lastClass[point] = classes[row];
    }
    this.milliseconds += performance.now() - start;
    this.advanceTo(step + 1);
  }

  /** Ends the epochs that lie before `step`, each once. */
  advanceTo(step: number): void {
    while (this.epochsDone < this.plan.epochs && step >= this.plan.startOf(this.epochsDone + 1)) {
      const start = performance.now();
      this.epochsDone++;
      const done = this.condenser.endEpoch(this.epochsDone);
      if (done !== undefined) {
        applyMixes(this.images.pixels, this.images.bytes, done.mixes);
        this.stages.push(this.recordOf(done));
      }
      this.milliseconds += performance.now() - start;
    }
  }

  scoreOf(point: number): number {
    return score(this.condenser.sums[point], this.condenser.visits[point]);
  }

  save(): ReadonlyMap<string, HostTensor> {
    const { kept, sums, visits, mixes } = this.condenser;
    const history = new TextEncoder().encode(JSON.stringify(this.stages));
    const int32 = (values: Int32Array): HostTensor =>
      hostTensor("int32", [values.length], values.slice() as Int32Array<ArrayBuffer>);
    const float64 = (values: Float64Array): HostTensor => hostTensor("float64", [values.length], values.slice() as Float64Array<ArrayBuffer>); // prettier-ignore
    return new Map<string, HostTensor>([
      ["kept", int32(kept)],
      ["sums", float64(sums)],
      ["visits", int32(visits)],
      ["contradictions", int32(this.verdicts.contradictions)],
      ["ofLabel", float64(this.verdicts.ofLabel)],
      ["lastClass", int32(this.verdicts.lastClass)],
      ["mixSizes", int32(Int32Array.from(mixes, ({ border }) => border.length))],
      ["mixBorder", int32(joined(mixes.map(({ border }) => border)))],
      ["mixLost", int32(joined(mixes.map(({ lost }) => lost)))],
      ["epochsDone", int32(Int32Array.of(this.epochsDone))],
      ["history", hostTensor("uint8", [history.length], history)],
    ]);
  }

  /** @param saved as `save` gave it, for the same images; called once, before the first step */
  restore(saved: ReadonlyMap<string, HostTensor>): void {
    const of = (name: string): Int32Array => (saved.get(name) as HostTensor<"int32">).data; // our own checkpoint
    const doubles = (name: string): Float64Array => (saved.get(name) as HostTensor<"float64">).data;
    const { condenser, verdicts } = this;
    condenser.kept = of("kept").slice();
    condenser.sums.set(doubles("sums"));
    condenser.visits.set(of("visits"));
    verdicts.contradictions.set(of("contradictions"));
    verdicts.ofLabel.set(doubles("ofLabel"));
    verdicts.lastClass.set(of("lastClass"));
    let at = 0;
    for (const size of of("mixSizes")) {
      const mixes = { border: of("mixBorder").slice(at, at + size), lost: of("mixLost").slice(at, at + size) };
      condenser.mixes.push(mixes);
      applyMixes(this.images.pixels, this.images.bytes, mixes);
      at += size;
    }
    this.epochsDone = of("epochsDone")[0];
    const history = (saved.get("history") as HostTensor<"uint8">).data;
    this.stages.push(...(parseJson(history, { name: "memory/history" }) as StageRecord[])); // written above
  }

  private recordOf({
    epoch,
    before,
    after,
    dropped,
    reEntered,
    mixes,
    keptValue,
    droppedValue,
  }: Condensation): StageRecord {
    const { kept, visits } = this.condenser;
    const has = new Set(kept);
    const scores = (points: readonly number[]): number[] =>
      points.filter((point) => visits[point] > 0).map((point) => this.scoreOf(point));
    const others = Array.from(visits.keys()).filter((point) => !has.has(point));
    const classes = new Array<number>(this.images.dataset.classNames.length).fill(0);
    for (const point of kept) classes[this.images.labels[point]]++;
    return {
      epoch,
      before,
      after,
      dropped: dropped.length,
      reEntered: reEntered.length,
      mixed: mixes.border.length,
      keptValue: finite(keptValue),
      droppedValue: finite(droppedValue),
      keptQuantiles: quantiles(scores([...kept])),
      droppedQuantiles: quantiles(scores(others)),
      keptClasses: classes,
      examples: {
        reEntered: [...reEntered.subarray(0, examples)],
        border: [...mixes.border.subarray(-examples)],
        lost: [...mixes.lost.subarray(-examples)],
        most: [...kept.subarray(0, examples)],
        least: [...kept.subarray(-examples)],
      },
    };
  }
}

const joined = (lists: readonly Int32Array[]): Int32Array => Int32Array.from(lists.flatMap((list) => [...list]));

/** JSON has no NaN. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** At 0, 5, …, 100%; empty for no values. */
function quantiles(values: readonly number[]): number[] {
  if (values.length === 0) return [];
  const sorted = Float64Array.from(values).sort();
  return Array.from({ length: 21 }, (_, i) => sorted[Math.round((i / 20) * (sorted.length - 1))]);
}
