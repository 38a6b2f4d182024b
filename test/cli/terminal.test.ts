import { describe, expect, test, vi } from "vitest";
import { tableLines } from "../../src/cli/table.ts";
import { Terminal, type TerminalOptions } from "../../src/cli/terminal.ts";

class Recorder {
  text = "";
  readonly isTTY: boolean;
  readonly columns = 100;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

function terminalOn(isTTY: boolean, options: Partial<TerminalOptions> = {}) {
  const [stdout, stderr] = [new Recorder(isTTY), new Recorder(isTTY)];
  const terminal = new Terminal({ json: false, quiet: false, verbose: false, color: true, stdout, stderr, ...options });
  return { terminal, stdout, stderr };
}

describe("Terminal", () => {
  test("colours on a terminal, and nowhere else", () => {
    vi.stubEnv("NO_COLOR", "");
    vi.stubEnv("TERM", "xterm");
    expect(terminalOn(true).terminal.paint.bold("x")).toContain("\u001b[1m");
    expect(terminalOn(false).terminal.paint.bold("x")).toBe("x");
    expect(terminalOn(true, { color: false }).terminal.paint.bold("x")).toBe("x");
    vi.stubEnv("NO_COLOR", "1");
    expect(terminalOn(true).terminal.paint.bold("x")).toBe("x");
    vi.unstubAllEnvs();
  });

  test("with json a result is one line of standard output, and notes stay on standard error", () => {
    const { terminal, stdout, stderr } = terminalOn(false, { json: true });
    terminal.result({ a: "two\nlines" }, () => "text");
    terminal.note("note");
    expect(stdout.text).toBe('{"a":"two\\nlines"}\n');
    expect(stderr.text).toBe("note\n");
  });

  test("quiet leaves results and errors", () => {
    const { terminal, stdout, stderr } = terminalOn(false, { quiet: true });
    terminal.note("note");
    terminal.progress("progress");
    terminal.result({}, () => "result");
    terminal.error("error");
    expect(stdout.text).toBe("result\n");
    expect(stderr.text).toBe("error: error\n");
  });

  test("control characters of data are shown, not sent", () => {
    const { terminal, stderr } = terminalOn(true);
    terminal.note("a\u001b[31mb");
    expect(stderr.text).toBe("a\\x1b[31mb\n");
    expect(tableLines(terminalOn(false).terminal, [{ name: "N" }], [["\u001b[2J"]])).toEqual(["N", "\\x1b[2J"]);
  });
});

test("a table has its columns two spaces apart and numbers to the right", () => {
  const { terminal } = terminalOn(false);
  const columns = [{ name: "RUN" }, { name: "STEP", align: "right" as const }];
  expect(
    tableLines(terminal, columns, [
      ["first", "1"],
      ["second", "1000"],
    ]),
  ).toEqual(["RUN     STEP", "first      1", "second  1000"]);
});
