import type { ProgressSink } from "../train/progress.ts";
import type { Terminal } from "./terminal.ts";

/** Training's progress on standard error, or with `--json` as events on standard output. */
export function progressSink(terminal: Terminal): ProgressSink {
  const { columns } = terminal;
  return {
    write: (text) => terminal.progress(text),
    isTerminal: columns !== undefined,
    ...(columns === undefined ? {} : { columns }),
    ...(terminal.json ? { onEvent: (event) => terminal.print(JSON.stringify(event)) } : {}),
  };
}
