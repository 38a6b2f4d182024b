import { dirname, join } from "node:path";
import { commitFile, makeDirectory } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import type { StudyResult } from "../train/study.ts";

/** Writes the files of a study's result into its folder. Returns the path of its report, else of the folder. */
export function writeStudyResult(folder: string, { files }: StudyResult): string {
  for (const [name, content] of files) {
    const path = join(folder, ...name.split("/"));
    makeDirectory(fileCalls, dirname(path));
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    commitFile(fileCalls, path, [bytes], { overwrite: true });
  }
  return files.has("report.html") ? join(folder, "report.html") : folder;
}
