/** The browser's side of the runner: fetches a golden set from the server and runs it with onnxruntime-web. */
import { env } from "onnxruntime-web";
import { parseGoldenSet } from "./manifest.ts";
import type { CaseResult } from "./run-case.ts";
import { runSet } from "./run-set.ts";

interface Order {
  /** For messages. */
  readonly source: string;
  readonly names?: readonly string[];
}

export async function run({ source, names }: Order): Promise<CaseResult[]> {
  env.wasm.wasmPaths = "/ort/";
  env.wasm.numThreads = 1;
  const [json, safetensors] = await Promise.all([fetched("/ops.json"), fetched("/ops.safetensors")]);
  const set = parseGoldenSet(await json.text(), new Uint8Array(await safetensors.arrayBuffer()), source);
  return runSet(set, "wasm", names);
}

async function fetched(path: string): Promise<Response> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}
