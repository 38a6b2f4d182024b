import { z } from "zod";
import { hostTensor } from "../../src/graph/dtype.ts";
import { Linear } from "../../src/nn/linear.ts";
import { Module, parameters, prepare } from "../../src/nn/module.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { adamw } from "../../src/optim/adam.ts";
import { parameterGroups } from "../../src/optim/parameter-groups.ts";
import { cosineSchedule } from "../../src/optim/schedules.ts";
import { generator } from "../../src/random/generator.ts";
import { baseRecipeShape, defineRecipe } from "../../src/train/recipe.ts";
import type { Evaluation, Method, Task, TaskMemory } from "../../src/train/task.ts";

/** A two-layer regression on generated data: every seam of the trainer, in milliseconds a step. */
class Net extends Module {
  readonly first = new Linear(4, 16);
  readonly last = new Linear(16, 1);

  /** [B, 4] → [B, 1] */
  forward(x: Tensor): Tensor {
    return this.last.forward(this.first.forward(x).tanh());
  }
}

const schema = z.strictObject({
  ...baseRecipeShape,
  width: z.int().min(1).default(16),
  peakLearningRate: z.number().min(0).default(1e-2),
  ema: z.number().min(0).max(1).optional(),
  accumulate: z.int().min(1).default(1),
  evaluateEvery: z.int().min(1).optional(),
  memory: z.boolean().default(true),
  poisonStep: z.int().optional(),
  poisonedSteps: z.int().default(1),
});
export type ToyRecipe = z.infer<typeof schema>;

/** Counts what it has seen: stands for a condensed set or a queue. */
class SeenMemory implements TaskMemory {
  sum = 0;
  afterStep(_step: number, observed: ReadonlyMap<string, { data: ArrayLike<number | bigint> }>): void {
    this.sum = Math.fround(this.sum + Number(observed.get("error")?.data[0]));
  }
  save() {
    return new Map([["sum", hostTensor("float32", [1], Float32Array.of(this.sum))]]);
  }
  restore(saved: ReadonlyMap<string, { data: ArrayLike<number | bigint> }>): void {
    this.sum = Number(saved.get("sum")?.data[0]);
  }
}

export const toy: Method<ToyRecipe> = {
  name: "toy",
  summary: "a regression for tests of the trainer",
  schema,
  report: async () => [],
  async task(recipe): Promise<Task> {
    const network = prepare(new Net());
    const batch = (purpose: string, step: number) => {
      const x = generator(recipe.seed, purpose, step).fillNormal(new Float32Array(recipe.batchSize * 4));
      const y = Float32Array.from({ length: recipe.batchSize }, (_, i) => Math.sin(x[4 * i]! + x[4 * i + 1]!));
      const since = step - (recipe.poisonStep ?? Infinity);
      if (since >= 0 && since < recipe.poisonedSteps && purpose === "train") x[0] = Infinity;
      return { x: hostTensor("float32", [recipe.batchSize, 4], x), y: hostTensor("float32", [recipe.batchSize, 1], y) };
    };
    const inputs = {
      x: { shape: [recipe.batchSize, 4], dtype: "float32" },
      y: { shape: [recipe.batchSize, 1], dtype: "float32" },
    } as const;
    const steps = recipe.steps ?? 20;
    const evaluation: Evaluation = {
      name: "validation",
      every: recipe.evaluateEvery,
      async run(weights) {
        const program = await weights.program("loss", inputs, ({ x, y }) => ({
          loss: network.forward(x!).sub(y!).pow(2).mean(),
        }));
        return { metrics: { "val/loss": Number((await program.run(batch("val", 0))).get("loss")!.data[0]) } };
      },
    };
    return {
      networks: { "": network },
      groups: parameterGroups(parameters(network), { weightDecay: 0.05 }),
      optimiser: adamw(),
      schedule: cosineSchedule({ peak: recipe.peakLearningRate, updates: steps, warmupUpdates: 2 }),
      steps,
      batchSize: recipe.batchSize,
      clipNorm: 1,
      ...(recipe.ema === undefined ? {} : { ema: recipe.ema }),
      accumulate: recipe.accumulate,
      inputs,
      step({ x, y }) {
        const error = network.forward(x!).sub(y!);
        return { loss: error.pow(2).mean(), metrics: { absolute: error.abs().mean() }, observed: { error } };
      },
      source: {
        start: async () => {},
        next: async (step) => batch("train", step),
        warnings: () => [],
        close: async () => {},
      },
      ...(recipe.memory ? { memory: new SeenMemory() } : {}),
      evaluations: [evaluation],
      best: { name: "val/loss", higherIsBetter: false },
    };
  },
};

export const toyRecipe = defineRecipe(toy, { batchSize: 32, steps: 20 });
