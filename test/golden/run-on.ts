/** Where golden sets run: in this process, in a process with a WebGPU driver, or in headless Chromium. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { program } from "../../src/graph/program.ts";
import { input } from "../../src/graph/leaf.ts";
import { compile } from "../../src/runtime/compile.ts";
import { findChromium, installChromium, webgpuEnvironment } from "../browser/chromium.ts";
import { runInChromium } from "../browser/run-in-chromium.ts";
import { readGoldenFiles, type GoldenFiles } from "./golden-files.ts";
import { openGolden, type GoldenRunner } from "./golden-runner.ts";
import type { PageOrder } from "./page.ts";
import type { CaseResult } from "./run-case.ts";

export const goldenDevices = ["cpu", "cuda", "webgpu", "wasm"] as const;
export type GoldenDevice = (typeof goldenDevices)[number];

/** Why a device is not there and how to get it, or undefined where it may be there. */
export function missingDevice(device: GoldenDevice): string | undefined {
  if (device === "wasm" && findChromium() === undefined)
    return `there is no Chromium for onnxruntime-web: ${installChromium}`;
  if (device === "webgpu" && webgpuEnvironment() === undefined)
    return `there is no WebGPU driver: ${installChromium} (it contains SwiftShader), or set VK_DRIVER_FILES`;
  return undefined;
}

/** A set with its files in memory. */
export const openGoldenFiles = (files: GoldenFiles): GoldenRunner =>
  openGolden(files.kind, files.manifest, readGoldenFiles(files));

/** Runs a set on a device. The results are in the order of the manifest, optimisers last. */
export async function runOn(set: GoldenFiles, device: GoldenDevice, names?: readonly string[]): Promise<CaseResult[]> {
  if (device === "webgpu") return runInProcess(set, device, webgpuEnvironment(), names);
  if (device !== "wasm") return runHere(set, device, names);
  const { kind, manifest, files } = set;
  const argument: PageOrder = { kind, manifest, files: Object.keys(files), ...(names === undefined ? {} : { names }) };
  return (await runInChromium({
    entry: fileURLToPath(new URL("page.ts", import.meta.url)),
    argument,
    files,
  })) as CaseResult[]; // what page.ts returns
}

/** In this process. A device that cannot run the simplest program skips every case. */
export async function runHere(
  files: GoldenFiles,
  device: "cpu" | "cuda" | "webgpu",
  names?: readonly string[],
): Promise<CaseResult[]> {
  const set = openGoldenFiles(files);
  const why = device === "cpu" ? undefined : await refusal(device);
  if (why === undefined) return set.run(device, names);
  return (names ?? set.names).map((name) => ({ name, status: "skipped", why }));
}

async function refusal(device: "cuda" | "webgpu"): Promise<string | undefined> {
  try {
    const x = input("x", [1]);
    await using executable = await compile(program({ outputs: { y: x.add(x) } }), { device });
    await executable.run({ x: { dtype: "float32", shape: [1], data: Float32Array.of(1) } });
    return undefined;
  } catch (error) {
    return `${device} is not there: ${(error as Error).message}`;
  }
}

/** In a process of its own: a driver is chosen when a process starts. */
function runInProcess(
  files: GoldenFiles,
  device: GoldenDevice,
  env: NodeJS.ProcessEnv | undefined,
  names: readonly string[] = [],
): Promise<CaseResult[]> {
  const start = fileURLToPath(new URL("start.js", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = fork(start, ["--worker", JSON.stringify(files), device, ...names], {
      ...(env === undefined ? {} : { env }),
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let results: CaseResult[] | undefined;
    let words = "";
    child.on("message", (message) => (results = message as CaseResult[])); // what `worker` in main.ts sends
    child.stderr?.on("data", (text: Buffer) => (words += text.toString()));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (results !== undefined) resolve(results);
      else reject(new Error(`the ${device} process ended with ${signal ?? code} before its results:\n${words}`));
    });
  });
}
