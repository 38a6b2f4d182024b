/** Runs the suite in child processes: a case that ends its process is a failure of its own, and the rest goes on. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readSuiteCase } from "./suite-case.ts";
import { runSuiteCase, type SuiteResult } from "./run-suite-case.ts";

/** Seconds without a result after which a child is taken for stuck. */
const patience = 60;

export async function runSuite(directory: string, names: readonly string[]): Promise<SuiteResult[]> {
  const results: SuiteResult[] = [];
  while (results.length < names.length) {
    const some = await runInChild(directory, names.slice(results.length));
    results.push(...some.results);
    const name = names[results.length];
    if (name === undefined) break;
    const { types } = readSuiteCase(directory, name);
    results.push({ name, types, status: "failed", why: `the process ended: ${some.end}` });
  }
  return results;
}

function runInChild(directory: string, names: readonly string[]): Promise<{ results: SuiteResult[]; end: string }> {
  const start = fileURLToPath(new URL("../start.js", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = fork(start, ["--suite-worker", directory], {
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const results: SuiteResult[] = [];
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill("SIGKILL"), patience * 1000);
    };
    child.on("message", (message) => {
      results.push(message as SuiteResult); // what `suiteWorker` sends
      wait();
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ results, end: String(signal ?? code) });
    });
    child.send(names);
    wait();
  });
}

/** In the child: runs the cases that it is sent, one after another, and sends each result. */
export async function suiteWorker(directory: string): Promise<number> {
  const names = await new Promise<readonly string[]>((resolve) =>
    process.once("message", (message) => resolve(message as readonly string[])),
  );
  for (const name of names) {
    const result = await runSuiteCase(readSuiteCase(directory, name));
    await new Promise<void>((resolve) => process.send?.(result, () => resolve()));
  }
  process.disconnect();
  return 0;
}
