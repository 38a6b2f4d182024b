import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findChromium, installChromium, webgpuEnvironment } from "../browser/chromium.ts";
import { runInChromium } from "../browser/run-in-chromium.ts";
import { trainVit, type VitTraining } from "./train-vit.ts";

/** Losses and weights agree to float32 accuracy: kernels sum in another order. */
function expectSame(got: VitTraining, reference: VitTraining): void {
  expect(got.losses).toHaveLength(reference.losses.length);
  got.losses.forEach((loss, i) => expect(Math.abs(loss / reference.losses[i]! - 1)).toBeLessThan(1e-4));
  expect(Math.abs(got.weight / reference.weight - 1)).toBeLessThan(1e-4);
}

test("the same training gives the same bits twice on the CPU", async () => {
  expect(await trainVit("cpu")).toEqual(await trainVit("cpu"));
});

test("a ViT trains in headless Chromium (wasm) with the CPU's losses", async (context) => {
  context.skip(findChromium() === undefined, `no Chromium: ${installChromium}`);
  const page = await runInChromium({
    entry: fileURLToPath(new URL("train-vit.ts", import.meta.url)),
    argument: "wasm",
  });
  expectSame(page as VitTraining, await trainVit("cpu"));
});

test("a ViT trains on the WebGPU provider, its state resident on the device, with the CPU's losses", async (context) => {
  const env = webgpuEnvironment();
  context.skip(env === undefined, `no WebGPU driver: ${installChromium} (it contains SwiftShader)`);
  const { refusal, ...training } = await inProcess(env as NodeJS.ProcessEnv);
  expectSame(training, await trainVit("cpu"));
  // SwiftShader has no float16; a driver that has it refuses nothing
  if (refusal !== undefined)
    expect(refusal).toMatch(
      /^device\/float16: webgpu: this device does not compute float16; train with precision=float32/,
    );
});

function inProcess(env: NodeJS.ProcessEnv): Promise<VitTraining & { readonly refusal?: string }> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("train-vit-child.js", import.meta.url)), {
      env,
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let words = "";
    child.stderr?.on("data", (text: Buffer) => (words += text.toString()));
    child.on("message", (result) => {
      resolve(result as VitTraining); // what train-vit-child.js sends
      child.kill("SIGKILL"); // SwiftShader's threads keep the process for seconds
    });
    child.on("exit", (code) => reject(new Error(`the process ended with ${code} before its result:\n${words}`)));
  });
}
