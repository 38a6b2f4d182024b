/** jax-js's turn at the training step of bench/engine.ts, under Node. */
import { serveSteps } from "../serve-steps.ts";
import { parseVitStep } from "../vit-step.ts";
import { jaxVitStep, type Jax } from "./jax-js-step.ts";
import { loadPeer } from "./peer-module.ts";

const sizes = parseVitStep(process.argv.slice(3));
const { module: jax, version } = await loadPeer<Jax>("@jax-js/jax", ["@jax-js/jax"]);
await jax.init("wasm");
jax.defaultDevice("wasm");

const train = jaxVitStep(jax, sizes);
await train(); // traces and compiles
const threads =
  "Worker" in globalThis ? {} : { threads: 1, note: "one thread: Node has no Web Worker, which jax-js needs for more" };
await serveSteps({ versions: { "jax-js": version }, ...threads }, train);
process.exit(0);
