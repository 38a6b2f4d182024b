/**
 * From images to predictions. Without `data.root` the images are the embedded procedural ones.
 * Run: npx jiti examples/quickstart.ts   (Node 23 and newer: node examples/quickstart.ts)
 */
import { evaluate, predict, train } from "fovea";

const data = {}; // your images: { root: "./photos" }, a folder of class folders

const pretrained = await train("data-scaling/tiny", "quickstart-pretrain", { values: { data } });
const model = await train("classify/tiny", "quickstart", { values: { data, init: { from: pretrained.path } } });
const { metrics } = await evaluate(model.path);
console.log(`accuracy on held-out images: ${metrics["val/accuracy"]}; curves: ${model.report}`);

for (const prediction of await predict(model.path, ["examples/images/1.png", "examples/images/2.png"], { top: 2 })) {
  console.log(prediction);
}
