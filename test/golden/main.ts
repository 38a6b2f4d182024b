import { parseArgs } from "node:util";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { showError } from "../../src/errors/show-error.ts";
import { nearest } from "../../src/errors/nearest.ts";
import { findGoldenFiles, type GoldenFiles } from "./golden-files.ts";
import { summary } from "./summary.ts";
import { goldenDevices, missingDevice, openGoldenFiles, runHere, runOn, type GoldenDevice } from "./run-on.ts";
import type { CaseResult } from "./run-case.ts";
import { suiteWorker } from "./onnx-suite/run-suite.ts";
import { findSuite } from "./onnx-suite/suite-case.ts";
import { suiteMain } from "./onnx-suite/suite-main.ts";

const usage = `npm run golden -- DIR [--device ${goldenDevices.join("|")}]`;

/** The command: runs every `ops.json` and `case.json` below DIR. Returns the exit code: 0, 1 after a failure, 2 for no case. */
export async function main(args: readonly string[]): Promise<number> {
  if (args[0] === "--worker") return worker(args.slice(1));
  if (args[0] === "--suite-worker") return suiteWorker(args[1]);
  try {
    const { directory, device } = parse(args);
    const found = findGoldenFiles(directory);
    const suite = findSuite(directory);
    if (suite.length > 0) return await suiteMain(directory, suite);
    if (found.every((files) => openGoldenFiles(files).names.length === 0))
      throw usageError(`${directory} holds no golden case (no ops.json with cases and no case.json below it)`);
    const results = await runAll(found, device);
    console.log(summary(results));
    return results.some(({ status }) => status === "failed") ? 1 : 0;
  } catch (error) {
    console.error(showError(error));
    return error instanceof FoveaError ? error.exitCode : 1;
  }
}

function parse(args: readonly string[]): { directory: string; device: GoldenDevice } {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: { device: { type: "string", default: "cpu" } },
      allowPositionals: true,
    });
  } catch (cause) {
    throw usageError((cause as Error).message);
  }
  const [directory, ...more] = parsed.positionals;
  if (directory === undefined || more.length > 0) throw usageError("expected one directory");
  const device = goldenDevices.find((name) => name === parsed.values.device);
  if (device !== undefined) return { directory, device };
  const guess = nearest(parsed.values.device, goldenDevices);
  throw usageError(`no device ${parsed.values.device}${guess === undefined ? "" : `; did you mean ${guess}?`}`);
}

const usageError = (message: string): FoveaError =>
  new FoveaError("golden/usage", message, { hint: usage, exitCode: 2 });

async function runAll(found: readonly GoldenFiles[], device: GoldenDevice): Promise<CaseResult[]> {
  const why = missingDevice(device);
  const results: CaseResult[] = [];
  for (const files of found) {
    const { names, unbuilt } = openGoldenFiles(files);
    const skip = why ?? unbuilt;
    const some: readonly CaseResult[] =
      skip === undefined ? await runOn(files, device) : names.map((name) => ({ name, status: "skipped", why: skip }));
    // one name may stand in several manifests
    results.push(
      ...some.map((result) => (found.length === 1 ? result : { ...result, name: `${files.manifest}: ${result.name}` })),
    );
  }
  return results;
}

/** In the process that `runOn` has started: sends the results to it. */
async function worker([files, device, ...names]: readonly string[]): Promise<number> {
  const results = await runHere(
    JSON.parse(files) as GoldenFiles, // written by runOn
    device as "webgpu", // started by runOn only
    names.length === 0 ? undefined : names,
  );
  await new Promise<void>((resolve) => process.send?.(results, () => resolve()));
  process.disconnect();
  return 0;
}
