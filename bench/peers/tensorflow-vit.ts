/** TensorFlow.js's turn (wasm backend) at the training step of bench/engine.ts, under Node. */
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { serveSteps } from "../serve-steps.ts";
import { parseVitStep } from "../vit-step.ts";
import { loadPeer } from "./peer-module.ts";
import { tensorflowVitStep, type TensorFlow } from "./tensorflow-step.ts";

interface WasmBackend {
  setWasmPaths(folder: string): void;
  getThreadsCount(): number;
}

const sizes = parseVitStep(process.argv.slice(3));
const packages = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"];
const { module: tf, version } = await loadPeer<TensorFlow>(packages[0], packages);
const { module: wasm } = await loadPeer<WasmBackend>(packages[1], packages);
const require = createRequire(join(resolve(process.env["FOVEA_PEERS_NODE"] ?? "."), "package.json"));
wasm.setWasmPaths(`${dirname(require.resolve(packages[1]))}/`);
await tf.setBackend("wasm");
await tf.ready();

const train = tensorflowVitStep(tf, sizes);
await train();
const threads = wasm.getThreadsCount();
const note = "its wasm backend has no threads under Node (tensorflow/tfjs issue 3830)";
await serveSteps({ versions: { tfjs: version }, threads, ...(threads === 1 && { note }) }, train);
process.exit(0);
