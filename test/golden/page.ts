/** The browser's side of the runner: fetches a golden set from the server and runs it with onnxruntime-web. */
import { env } from "onnxruntime-web";
import { openGolden, type GoldenKind } from "./golden-runner.ts";
import type { CaseResult } from "./run-case.ts";

/** What the page is asked for. */
export interface PageOrder {
  readonly kind: GoldenKind;
  /** For messages. */
  readonly manifest: string;
  /** Files to fetch. */
  readonly files: readonly string[];
  readonly names?: readonly string[];
}

export async function run({ kind, manifest, files, names }: PageOrder): Promise<CaseResult[]> {
  env.wasm.wasmPaths = "/ort/";
  env.wasm.numThreads = 1;
  const bytes = await Promise.all(files.map(async (name) => [name, await fetched(`/${name}`)] as const));
  return openGolden(kind, manifest, new Map(bytes)).run("wasm", names);
}

async function fetched(path: string): Promise<Uint8Array> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
