import pico from "picocolors";
import { escapeControls } from "../errors/show-error.ts";

/** A stream that a terminal may sit behind. */
interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly stdout?: Stream;
  readonly stderr?: Stream;
}

/**
 * Where a command prints: results on standard output, everything else on standard error. Colours only on a terminal,
 * never under NO_COLOR or `--no-color`; nothing that is not a terminal gets a control character.
 */
export class Terminal {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  private readonly stdout: Stream;
  private readonly stderr: Stream;
  /** Colours for standard output; the identity where there are none. */
  readonly paint: ReturnType<typeof pico.createColors>;
  private readonly paintError: ReturnType<typeof pico.createColors>;

  constructor({ json, quiet, verbose, color, stdout = process.stdout, stderr = process.stderr }: TerminalOptions) {
    this.json = json;
    this.quiet = quiet;
    this.verbose = verbose;
    this.stdout = stdout;
    this.stderr = stderr;
    const wanted = color && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
    this.paint = pico.createColors(wanted && stdout.isTTY === true);
    this.paintError = pico.createColors(wanted && stderr.isTTY === true);
  }

  /** A line of the result. Text from files is escaped by the caller, who may have painted it. */
  print(line = ""): void {
    this.stdout.write(`${line}\n`);
  }

  /** The result as an object (`--json`) or as text for people; lines without `--json` are made only then. */
  result(value: object, lines: () => string | readonly string[]): void {
    if (this.json) return this.print(JSON.stringify(value));
    for (const line of [lines()].flat()) this.print(line);
  }

  /** A line that is not part of the result. */
  note(line: string): void {
    if (!this.quiet) this.stderr.write(`${escapeControls(line)}\n`);
  }

  /** A line that only `--verbose` shows. */
  detail(line: string): void {
    if (this.verbose) this.note(line);
  }

  /** What went wrong; shown whatever the flags say. */
  error(paragraph: string): void {
    this.stderr.write(`${this.paintError.red("error:")} ${paragraph}\n`);
  }

  /** Columns of the terminal that shows progress; undefined where there is none. */
  get columns(): number | undefined {
    return this.stderr.isTTY === true ? (this.stderr.columns ?? 80) : undefined;
  }

  /** Writes progress as it stands: may rewrite the line on a terminal. */
  progress(text: string): void {
    if (!this.quiet) this.stderr.write(text);
  }
}
