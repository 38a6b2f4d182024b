import type { HostTensor } from "../graph/dtype.ts";
import type { Program } from "../graph/program.ts";
import { compile, type Executable } from "../runtime/compile.ts";
import type { ResidentState } from "../runtime/resident-state.ts";
import { FeedStack, partsAt } from "./feed-stack.ts";
import type { ShortBatches } from "./short-batches.ts";
import type { Feeds } from "./task.ts";

type Outputs = ReadonlyMap<string, HostTensor>;

/**
 * Runs a step program one step or `perRun` steps at a time, with the same bits. It owns the executables: `dispose` of it.
 */
export class StepRunner {
  readonly perRun: number;
  private readonly single: Executable;
  private readonly several: Executable | undefined;
  private readonly short: ShortBatches;

  private constructor(single: Executable, several: Executable | undefined, short: ShortBatches) {
    this.single = single;
    this.several = several;
    this.short = short;
    this.perRun = several?.repeat ?? 1;
  }

  /** @param short runs batches that are not whole, one by one */
  static async create(
    program: Program,
    state: ResidentState,
    { perRun, short }: { readonly perRun: number; readonly short: ShortBatches },
  ): Promise<StepRunner> {
    const single = await compile(program, { state });
    return new StepRunner(single, perRun === 1 ? undefined : await compile(program, { state, repeat: perRun }), short);
  }

  /**
   * Runs as many steps as `next` is asked for, 1 or `perRun`. Steps in one run are taken or refused together; refused
   * ones are run again one by one, so that those before the first that is not `good` count.
   *
   * @param next feeds of step `index` of this call
   * @returns outputs and feeds of each step; only the last one may not be good, and then it changed nothing (see
   * `RunOptions.accept`)
   */
  async run(
    count: number,
    next: (index: number) => Promise<Feeds>,
    good: (outputs: Outputs) => boolean,
  ): Promise<{ feeds: Feeds; outputs: Outputs }[]> {
    if (count === 1 || this.several === undefined) return [await this.one(await next(0), good)];
    const stack = new FeedStack(count);
    for (let i = 0; i < count; i++) stack.set(i, await next(i));
    const feeds = Array.from({ length: count }, (_, i) => Object.fromEntries(partsAt(Object.entries(stack.feeds), i)));
    const allGood = (outputs: Outputs): boolean => feeds.every((_, i) => good(partsAt(outputs, i)));
    const outputs = await this.several.run(stack.feeds, { accept: allGood });
    if (allGood(outputs)) return feeds.map((each, i) => ({ feeds: each, outputs: partsAt(outputs, i) }));
    const done: { feeds: Feeds; outputs: Outputs }[] = [];
    for (const each of feeds) {
      const step = await this.one(each, good);
      done.push(step);
      if (!good(step.outputs)) break;
    }
    return done;
  }

  async dispose(): Promise<void> {
    await this.short.dispose();
    await this.several?.dispose();
    await this.single.dispose();
  }

  private async one(feeds: Feeds, good: (outputs: Outputs) => boolean): Promise<{ feeds: Feeds; outputs: Outputs }> {
    const executable = this.short.executableFor(feeds) ?? this.single;
    return { feeds, outputs: await executable.run(feeds, { accept: good }) };
  }
}
