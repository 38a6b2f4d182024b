import type { Command } from "../command.ts";
import { tableLines } from "../table.ts";

export const systems: Command = {
  path: "systems",
  summary: "the methods, with one line each",
  usage: "",
  things: [0, 0],
  flags: ["json"],
  examples: ["systems", "systems --json"],
  async run({ terminal }) {
    const { methods } = await import("../../systems/catalogue.ts");
    if (terminal.json) {
      for (const { name, summary } of methods) terminal.result({ name, summary }, () => []);
      return;
    }
    const rows = methods.map(({ name, summary }) => [name, summary]);
    for (const line of tableLines(terminal, [{ name: "SYSTEM" }, { name: "WHAT IT IS" }], rows)) terminal.print(line);
  },
};
