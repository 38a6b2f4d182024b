import { sameShape } from "../graph/tensor.ts";
import { compile, type Executable } from "../runtime/compile.ts";
import type { ResidentState } from "../runtime/resident-state.ts";
import { buildStepProgram, type StepProgram } from "./step-program.ts";
import type { BaseRecipe, Feeds, InputSpecs, Task } from "./task.ts";

interface ShortProgram {
  readonly inputs: InputSpecs;
  readonly built: StepProgram;
  readonly executable: Executable;
}

/**
 * Step programs for batches of other shapes than the task's `inputs`, which the end of an epoch gives: built when the
 * first of a shape comes. Only the last one is kept, since a set of one size ends all its epochs alike. It owns the
 * executable: `dispose` of it.
 */
export class ShortBatches {
  private last: ShortProgram | undefined;

  constructor(
    private readonly task: Task,
    private readonly recipe: BaseRecipe,
    private readonly state: ResidentState,
  ) {}

  /** The program for `batch`; undefined where it is whole. */
  async prepare(batch: Feeds): Promise<StepProgram | undefined> {
    if (fits(this.task.inputs, batch)) return undefined;
    if (this.last !== undefined && fits(this.last.inputs, batch)) return this.last.built;
    await this.dispose();
    const inputs = Object.fromEntries(
      Object.keys(this.task.inputs).map((name) => [name, { shape: batch[name].shape, dtype: batch[name].dtype }]),
    );
    const built = buildStepProgram({ ...this.task, inputs }, this.recipe);
    this.last = { inputs, built, executable: await compile(built.program, { state: this.state }) };
    return built;
  }

  /** What runs `feeds`, for which `prepare` was called last; undefined where the batch is whole. */
  executableFor(feeds: Feeds): Executable | undefined {
    if (fits(this.task.inputs, feeds)) return undefined;
    return this.last?.executable;
  }

  async dispose(): Promise<void> {
    await this.last?.executable.dispose();
    this.last = undefined;
  }
}

const fits = (inputs: InputSpecs, batch: Feeds): boolean =>
  Object.entries(inputs).every(([name, { shape }]) => batch[name] === undefined || sameShape(batch[name].shape, shape));
