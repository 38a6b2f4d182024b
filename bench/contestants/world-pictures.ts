import { openDataset, type DatasetSpecInput } from "fovea/data";
import { serveSteps } from "../serve-steps.ts";

/** Pictures in a step. */
const pictures = 500;

// arguments: scene, task; a step draws 500 pictures of 64 × 64 with that task's truth, on one thread
const [, scene, task] = process.argv.slice(2); // the first is this file
const spec = { scene, task, imageSize: 64, count: 1_000_000 } as DatasetSpecInput; // openDataset checks it
const dataset = await openDataset(spec, "train");
let next = 0;
const draw = async (): Promise<undefined> => {
  for (let k = 0; k < pictures; k++) await dataset.read(next++);
  return undefined;
};
await draw(); // compiled by then
await serveSteps({ versions: {}, threads: 1, note: `${pictures} pictures a step: 1000 ms are 500 a second` }, draw);
