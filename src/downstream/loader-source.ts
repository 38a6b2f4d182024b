import { createLoader, type Batch, type Loader, type LoaderOptions } from "../data/loader.ts";
import type { BatchSource, Feeds } from "../train/task.ts";

/** A `BatchSource` on a loader: each batch of images becomes a step's feeds by `feedsOf`. */
export class LoaderSource implements BatchSource {
  private readonly options: LoaderOptions;
  private readonly feedsOf: (batch: Batch) => Feeds;
  private loader: Loader | undefined;
  /** The step that the loader gives next. */
  private position = 0;
  private last: Batch | undefined;

  /** @param feedsOf a pure function of the batch, which carries its step */
  constructor(options: LoaderOptions, feedsOf: (batch: Batch) => Feeds) {
    this.options = options;
    this.feedsOf = feedsOf;
  }

  async start(step: number): Promise<void> {
    if (this.last?.step === step || (this.loader !== undefined && this.position === step)) return;
    await this.open(step);
  }

  async next(step: number): Promise<Feeds> {
    if (this.last?.step !== step) {
      if (this.loader === undefined || this.position !== step) await this.open(step);
      this.last = await (this.loader as Loader).next(); // opened above
      this.position = step + 1;
    }
    return this.feedsOf(this.last);
  }

  warnings(): readonly string[] {
    const skipped = this.loader?.report().skipped ?? [];
    const named = skipped.slice(0, 10).map(({ message }) => `image left out: ${message}`);
    return skipped.length > named.length ? [...named, `${skipped.length} images left out in all`] : named;
  }

  async close(): Promise<void> {
    await this.loader?.close();
    this.loader = undefined;
  }

  private async open(step: number): Promise<void> {
    await this.close();
    this.loader = await createLoader({ ...this.options, start: step });
    this.position = step;
    this.last = undefined;
  }
}
