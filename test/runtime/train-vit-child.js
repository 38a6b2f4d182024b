// Started with a WebGPU driver in its environment: a driver is chosen when a process starts.
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url, {
  alias: {
    "#runtime/onnxruntime": new URL("../../src/runtime/onnxruntime.node.ts", import.meta.url).pathname,
    "#runtime/compiled-models": new URL("../../src/runtime/compiled-models.node.ts", import.meta.url).pathname,
  },
});
const { float16Refusal, trainVit } = await jiti.import("./train-vit.ts");
process.send({ ...(await trainVit("webgpu")), refusal: await float16Refusal("webgpu") });
