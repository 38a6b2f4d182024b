/** The page's side of contestants/in-chromium.ts: makes the training step of one library and takes it when asked. */
import { setWasmPath } from "fovea/runtime";
import { vitTraining } from "../contestants/vit-training.ts";
import { jaxVitStep, type Jax } from "../peers/jax-js-step.ts";
import { tensorflowVitStep, type TensorFlow } from "../peers/tensorflow-step.ts";
import type { VitStep } from "../vit-step.ts";
import type { BrowserContestant } from "./contestants.ts";

interface Turn {
  readonly threads: number;
  train(): Promise<number>;
}

const turns: Readonly<Record<BrowserContestant, (sizes: VitStep) => Promise<Turn>>> = {
  async fovea(sizes) {
    setWasmPath("/ort/");
    const { train, device } = await vitTraining(sizes, { device: "wasm" });
    return { train, threads: crossOriginIsolated ? device.threads : 1 };
  },
  async "jax-js"(sizes) {
    const jax = (await import(/* @vite-ignore */ new URL("/jax/index.js", location.href).href)) as Jax;
    await jax.init("wasm");
    jax.defaultDevice("wasm");
    return { train: jaxVitStep(jax, sizes), threads: crossOriginIsolated ? navigator.hardwareConcurrency : 1 };
  },
  async "TensorFlow.js"(sizes) {
    const { tf } = globalThis as unknown as { tf: TensorFlow & { wasm: WasmBackend } }; // in-chromium.ts loads its script
    tf.wasm.setWasmPaths("/tfjs/");
    tf.wasm.setThreadsCount(sizes.threads);
    await tf.setBackend("wasm");
    await tf.ready();
    return { train: tensorflowVitStep(tf, sizes), threads: tf.wasm.getThreadsCount() };
  },
};

interface WasmBackend {
  setWasmPaths(folder: string): void;
  setThreadsCount(threads: number): void;
  getThreadsCount(): number;
}

let turn: Turn | undefined;

/** Makes the step, takes it once and says how many threads it has. */
export async function start(contestant: BrowserContestant, sizes: VitStep): Promise<number> {
  turn = await turns[contestant](sizes);
  await turn.train();
  return turn.threads;
}

/** One step; gives its loss. */
export async function step(): Promise<number> {
  if (turn === undefined) throw new Error("start first");
  return turn.train();
}
