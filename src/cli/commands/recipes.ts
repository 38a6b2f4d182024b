import type { Command } from "../command.ts";
import { tableLines } from "../table.ts";

export const recipes: Command = {
  path: "recipes",
  summary: "the recipes and studies, with one line each",
  usage: "[SYSTEM]",
  things: [0, 1],
  flags: ["json"],
  examples: ["recipes", "recipes classify", "recipes --json"],
  async run({ things: [system], terminal }) {
    const { findMethod, recipes: catalogue, studies } = await import("../../systems/catalogue.ts");
    const method = system === undefined ? undefined : findMethod(system);
    const listed = [...catalogue].filter(([, recipe]) => method === undefined || recipe.method.name === method.name);
    const grids = [...studies].filter(([name]) => method === undefined || name.startsWith(`${method.name}/`));
    if (terminal.json) {
      for (const [name, recipe] of listed)
        terminal.result({ name, system: recipe.method.name, about: recipe.about }, () => []);
      for (const [name, { about }] of grids)
        terminal.result({ name, system: name.split("/")[0], kind: "study", about }, () => []);
      return;
    }
    const rows = listed.map(([name, recipe]) => [name, recipe.about]);
    for (const line of tableLines(terminal, [{ name: "RECIPE" }, { name: "WHAT IT DOES" }], rows)) terminal.print(line);
    if (grids.length === 0) return;
    terminal.print();
    const studyRows = grids.map(([name, { about }]) => [name, about]);
    for (const line of tableLines(terminal, [{ name: "STUDY (fovea sweep)" }, { name: "WHAT IT COMPARES" }], studyRows))
      terminal.print(line);
  },
};
