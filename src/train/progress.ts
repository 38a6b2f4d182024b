import { escapeControls } from "../errors/show-error.ts";

/** Where progress goes. */
export interface ProgressSink {
  write(text: string): void;
  /** A terminal: one line is rewritten. Else the line is printed every 30 s. */
  readonly isTerminal: boolean;
  /** Width of the terminal; default 120. */
  readonly columns?: number;
  /** Events as one JSON object a line instead of text. */
  onEvent?(event: ProgressEvent): void;
}

export interface ProgressEvent {
  readonly event: "step" | "message" | "evaluation";
  readonly step?: number;
  readonly steps?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly text?: string;
}

export interface ProgressState {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly imagesPerSecond: number;
  /** Share of the time spent waiting for data, 0 to 1. */
  readonly dataShare: number;
  readonly secondsLeft: number;
}

/** `step 1,200/20,000  6%  loss 0.412  lr 1.0e-3  grad 0.82  58 img/s  data 2%  ETA 5 min 24 s` */
export function progressLine(state: ProgressState): string {
  const count = (n: number): string => Math.round(n).toLocaleString("en-US");
  return [
    `step ${count(state.step)}/${count(state.steps)}`,
    `${Math.floor((100 * state.step) / state.steps)}%`,
    `loss ${significant(state.loss)}`,
    `lr ${state.learningRate.toExponential(1)}`,
    `grad ${significant(state.gradientNorm)}`,
    `${count(state.imagesPerSecond)} img/s`,
    `data ${Math.round(100 * state.dataShare)}%`,
    `ETA ${duration(state.secondsLeft)}`,
  ].join("  ");
}

const significant = (value: number): string =>
  Number.isFinite(value) ? Number(value.toPrecision(3)).toString() : String(value);

/** `48 s`, `5 min 24 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Shows progress on a sink: a line that rewrites itself on a terminal, plain lines every 30 s elsewhere. */
export class Progress {
  private readonly sink: ProgressSink;
  private readonly record: (line: string) => void;
  private lastShown = -Infinity;
  private lastRecorded = -Infinity;
  private lineIsOpen = false;

  /** @param record keeps every message, and the progress line every 30 s (train.log) */
  constructor(sink: ProgressSink, record: (line: string) => void = () => {}) {
    this.sink = sink;
    this.record = record;
  }

  update(state: ProgressState, now = performance.now()): void {
    const last = state.step >= state.steps;
    if (last || now - this.lastRecorded >= 30_000) {
      this.lastRecorded = now;
      this.record(progressLine(state));
    }
    const interval = this.sink.isTerminal ? 100 : 30_000;
    if (now - this.lastShown < interval && !last) return;
    this.lastShown = now;
    const line = progressLine(state);
    if (this.sink.onEvent !== undefined) {
      const { step, steps, ...metrics } = state;
      this.sink.onEvent({ event: "step", step, steps, metrics });
    } else if (this.sink.isTerminal) {
      this.sink.write(`\r\u001b[2K${line.slice(0, (this.sink.columns ?? 120) - 1)}`);
      this.lineIsOpen = true;
    } else this.sink.write(`${line}\n`);
  }

  /** A line of its own; the progress line goes on below it. */
  message(text: string): void {
    this.record(escapeControls(text));
    if (this.sink.onEvent !== undefined) return this.sink.onEvent({ event: "message", text });
    this.close();
    this.sink.write(`${escapeControls(text)}\n`);
  }

  evaluation(step: number, metrics: Readonly<Record<string, number>>): void {
    const values = Object.entries(metrics).map(([name, value]) => `${name} ${significant(value)}`);
    const line = `step ${step.toLocaleString("en-US")}: ${values.join("  ")}`;
    if (this.sink.onEvent === undefined) return this.message(line);
    this.record(line);
    this.sink.onEvent({ event: "evaluation", step, metrics });
  }

  /** Ends the open line, so that what follows starts on a new one. */
  close(): void {
    if (this.lineIsOpen) this.sink.write("\n");
    this.lineIsOpen = false;
  }
}
