import { createLoader, imagenetNormalisation } from "fovea/data";
import { serveSteps } from "../serve-steps.ts";

// arguments: folder, batch, batches in a step, workers; a step decodes, crops and normalises batch · batches images
const [root, ...numbers] = process.argv.slice(3); // 2 is this file, as run.js is called
const [batchSize, batches, workers] = numbers.map(Number);
const loader = await createLoader({
  dataset: { root, format: "folder" },
  transforms: [{ name: "randomResizedCrop", size: 224 }, { name: "horizontalFlip" }],
  normalise: imagenetNormalisation,
  batchSize,
  workers,
});
const step = async (): Promise<undefined> => {
  for (let k = 0; k < batches; k++) loader.recycle(await loader.next());
  return undefined;
};
await step(); // compiled and warm by then
const note = `${batchSize * batches} images a step, ${workers} workers`;
await serveSteps({ versions: {}, threads: workers, note }, step);
await loader.close();
