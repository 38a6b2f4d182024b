import { createRequire } from "node:module";
import { cpus } from "node:os";
import type { Device } from "../runtime/device.ts";
import { installation } from "../runtime/installation.ts";
import { recipeHash } from "./recipe.ts";
import type { RunDirectory, RunInfo, RunStatus } from "./run-directory.ts";
import type { BaseRecipe, Task } from "./task.ts";
import type { ResumePoint } from "./training-checkpoint.ts";
import type { TrainingLoop } from "./training-loop.ts";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

export interface RecordOptions {
  readonly run: RunDirectory;
  readonly recipe: BaseRecipe;
  readonly recipeName?: string;
  readonly method: { readonly name: string };
  readonly resume?: boolean;
}

/** Keeps run.json true. */
export class RunRecord {
  readonly hash: string;
  private readonly run: RunDirectory;
  private info: RunInfo;
  private readonly recipe: BaseRecipe;
  private readonly method: string;
  /** Whether recipe.json is to be written: a resumed run keeps the one it began with. */
  private readonly begun: boolean;

  constructor(
    { run, recipe, recipeName, method, resume = false }: RecordOptions,
    device: Device,
    task: Task,
    start: ResumePoint | undefined,
  ) {
    this.run = run;
    this.recipe = recipe;
    this.method = method.name;
    this.begun = start?.branched === false;
    this.hash = recipeHash(method.name, recipe);
    const runtime = installation();
    this.info = {
      name: run.name,
      method: method.name,
      recipe: recipeName ?? method.name,
      status: "running",
      step: 0,
      steps: task.steps,
      seed: recipe.seed,
      recipeHash: this.hash,
      device: device.name,
      threads: device.threads,
      versions: { fovea: version, [runtime.name]: runtime.version, node: process.versions.node },
      processor: cpus()[0]?.model.trim() ?? "unknown",
      parameters: 0,
      cost: { flops: 0, seconds: 0, images: 0 },
      metrics: {},
      ...(recipe.branch === undefined ? {} : { branch: recipe.branch }),
      started: new Date().toISOString(),
      ...(resume ? keptFrom(run) : {}),
    };
    if (start !== undefined) {
      const { step, images, seconds, metrics } = start.fields;
      this.info = { ...this.info, step, metrics, cost: { ...this.info.cost, images, seconds } };
    }
  }

  /** Before the first step of this attempt. */
  begin(parameters: number): void {
    if (!this.begun) this.run.writeJson("recipe.json", { method: this.method, values: this.recipe });
    this.info = { ...this.info, status: "running", parameters };
    this.run.writeJson("run.json", this.info);
  }

  end(status: RunStatus, reason: string | undefined, loop?: TrainingLoop): void {
    const reached =
      loop === undefined
        ? {}
        : {
            step: loop.step,
            metrics: loop.metrics,
            cost: { flops: loop.flops, seconds: loop.seconds, images: loop.images },
          };
    this.info = {
      ...this.info,
      ...reached,
      status,
      ended: new Date().toISOString(),
      ...(reason === undefined ? {} : { reason }),
    };
    this.run.writeJson("run.json", this.info);
  }
}

/** When a run started and under which name stays when it is resumed. */
function keptFrom(run: RunDirectory): Partial<RunInfo> {
  const { started, recipe } = run.readInfo();
  return { started, recipe };
}
