import type { Terminal } from "./terminal.ts";

/** A few lines at the end of a terminal that are rewritten in place; elsewhere only notes are printed. */
export class LiveLines {
  private shown = 0;

  constructor(private readonly terminal: Terminal) {}

  get isLive(): boolean {
    return this.terminal.columns !== undefined && !this.terminal.json;
  }

  /** Shows `lines` in place of the last ones, each cut to the terminal's width. */
  replace(lines: readonly string[]): void {
    const width = (this.terminal.columns ?? 80) - 1;
    this.clear();
    this.terminal.progress(lines.map((line) => `${line.slice(0, width)}\n`).join(""));
    this.shown = lines.length;
  }

  /** A line of its own, above the ones that change. */
  note(line: string): void {
    this.clear();
    this.terminal.note(line);
  }

  close(): void {
    this.shown = 0;
  }

  private clear(): void {
    if (this.shown > 0) this.terminal.progress(`\u001b[${this.shown}A\u001b[0J`);
    this.shown = 0;
  }
}
