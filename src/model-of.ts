import { existsSync, statSync } from "node:fs";
import { findMethod } from "./systems/catalogue.ts";
import { exportRun } from "./train/export-run.ts";
import { RunDirectory } from "./train/run-directory.ts";

/** The ONNX file that `source` means: a file itself, or the export of a run, which is made where it is not there yet. */
export async function modelOf(source: string, out: string, note: (line: string) => void = () => {}): Promise<string> {
  if (existsSync(source) && statSync(source).isFile()) return source;
  const run = RunDirectory.open(source, out);
  const exported = run.join("export", "model.onnx");
  if (existsSync(exported)) return exported;
  note(`exporting ${run.name} first`);
  return (await exportRun({ method: findMethod(run.readRecipe().method), run })).path;
}
