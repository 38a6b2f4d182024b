import { join } from "node:path";
import { AppendFile } from "../files/append-file.node.ts";
import { encodeEvent, encodeFileVersion, eventFileName } from "../formats/tensorboard-events.ts";
import type { RunDirectory } from "./run-directory.ts";

/**
 * metrics.jsonl and TensorBoard event files of one attempt of a run. A resumed run cuts metrics.jsonl back to the
 * length that its checkpoint remembers and starts a new event file, so that no point stands twice.
 */
export class MetricsLog {
  private readonly lines: AppendFile;
  private readonly events: AppendFile | undefined;

  /** @param cutTo length of metrics.jsonl to go on from; @param attempt counts the starts of this run */
  constructor(
    run: RunDirectory,
    { tensorboard, cutTo, attempt }: { tensorboard: boolean; cutTo: number; attempt: number },
  ) {
    this.lines = new AppendFile(run.join("metrics.jsonl"), { cutTo });
    if (tensorboard) {
      const seconds = Date.now() / 1000;
      this.events = new AppendFile(join(run.directory("events"), eventFileName(seconds, `fovea.${attempt}`)));
      this.events.append(encodeFileVersion(seconds));
    }
  }

  /** Bytes of metrics.jsonl so far. */
  get byteLength(): number {
    return this.lines.byteLength;
  }

  /** One line and one event: `metrics` by name (`train/loss`). Values that are not finite are left out of the line. */
  scalars(step: number, images: number, metrics: Readonly<Record<string, number>>): void {
    const finite = Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
    const time = Date.now() / 1000;
    this.lines.appendLine(JSON.stringify({ step, time, images, ...finite }));
    const summaries = Object.entries(finite).map(([tag, value]) => ({ kind: "scalar" as const, tag, value }));
    this.events?.append(encodeEvent({ wallTime: time, step, summaries }));
  }

  image(step: number, tag: string, png: Uint8Array): void {
    this.events?.append(encodeEvent({ wallTime: Date.now() / 1000, step, summaries: [{ kind: "image", tag, png }] }));
  }

  /** Returns when everything logged is on disk. */
  flush(): void {
    this.lines.flush();
    this.events?.flush();
  }

  close(): void {
    this.lines.close();
    this.events?.close();
  }
}
