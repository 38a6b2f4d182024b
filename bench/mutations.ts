import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { FoveaError } from "../src/errors/fovea-error.ts";
import type { MutationReport } from "../test/formats/mutation/run-mutations.ts";
import type { BenchOptions } from "./benches.ts";
import type { Comparison } from "./table.ts";

/** Address space of the child: Node alone maps about 1 GiB, without touching it. */
const addressSpace = 4 * 2 ** 30;
/** A file that takes this long hangs. */
const hangMs = 20_000;

/** What the child writes, one JSON object a line. */
type Line = { readonly file: string } | { readonly report: MutationReport };

/**
 * 10,000 damaged files (FOVEA_MUTATIONS: another number) through the readers of src/formats, in a child process with a
 * limit on its memory, that is killed when a file hangs. Prints the counts as a table; nothing is compared with peers.
 */
export async function mutations({ progress }: BenchOptions): Promise<Comparison[]> {
  const reports = await runChild(Number(process.env["FOVEA_MUTATIONS"] ?? 10_000), progress);
  process.stdout.write(`${table(reports)}\n`);
  const failures = reports.flatMap(({ name, failures: found }) => found.map((line) => `${name}: ${line}`));
  if (failures.length > 0)
    throw new FoveaError("bench/mutations", `${failures.length} files failed:\n${failures.slice(0, 20).join("\n")}`);
  return [];
}

async function runChild(count: number, progress: (line: string) => void): Promise<MutationReport[]> {
  const limited = spawnSync("prlimit", ["--version"], { stdio: "ignore" }).status === 0;
  if (!limited) progress("prlimit is not installed: the memory of the child is measured, but not limited");
  const script = [fileURLToPath(new URL("run.js", import.meta.url)), "mutations-child.ts", String(count)];
  const command = limited
    ? ["prlimit", `--as=${addressSpace}`, "--", process.execPath, ...script]
    : [process.execPath, ...script];
  const child = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const reports: MutationReport[] = [];
  let [file, hung, rest] = ["the start", false, ""];
  let timer = setTimeout(() => {}, 0);
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, hangMs);
  };
  watch();
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    watch();
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.map((one) => JSON.parse(one) as Line)) {
      if ("file" in line) file = line.file;
      else {
        reports.push(line.report);
        progress(`${line.report.name}: ${line.report.files} files`);
      }
    }
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  if (code === 0) return reports;
  const how = hung ? `hung for ${hangMs / 1000} s` : `ended the process (${code ?? "a signal"})`;
  throw new FoveaError("bench/mutations", `${file} ${how}`, {
    hint: "test/formats/mutation/mutant.ts makes the file of a seed again",
  });
}

function table(reports: readonly MutationReport[]): string {
  const total = reports.reduce((sum, { files }) => sum + files, 0);
  const rows = reports.map(({ name, files, read, refused, failures, slowest, memory }) =>
    `| ${[name, files, read, refused, failures.length, slowest.toFixed(3), memory.toFixed(1)].join(" | ")} |`,
  ); // prettier-ignore
  return [
    `${total} files through ${reports.length} readers`,
    "",
    "| reader | files | read | refused | failures | slowest, CPU s | most memory beyond 2 × the file, MiB |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
