/**
 * Our own turn at the training step of bench/engine.ts. After the sizes, `profile=PREFIX` writes ONNX Runtime's profile
 * and `recompute` lets the backward pass compute every block once more.
 */
import { blockSegments } from "fovea/graph";
import { memoryReport } from "fovea/runtime";
import { serveSteps } from "../serve-steps.ts";
import { parseVitStep } from "../vit-step.ts";
import { packageVersion } from "./package-version.ts";
import { vitTraining } from "./vit-training.ts";

const sizes = parseVitStep(process.argv.slice(3));
const profilePrefix = process.argv.find((argument) => argument.startsWith("profile="))?.slice("profile=".length);
const segmentOf = process.argv.includes("recompute") ? blockSegments : undefined;

const { program, executable, device, train } = await vitTraining(sizes, { device: "cpu", segmentOf, profilePrefix });
for (let i = 0; i < 3; i++) await train();
await serveSteps(
  {
    versions: { "onnxruntime-node": packageVersion("onnxruntime-node") },
    threads: device.threads,
    note: `memory estimated before the run ${Math.round(memoryReport(program).total / 1e6)} MB, beside the runtime itself`,
  },
  train,
);
if (profilePrefix !== undefined) executable.endProfile();
await executable.dispose();
