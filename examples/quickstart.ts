/**
 * From images to predictions. The images are the embedded procedural ones until `data.root` names yours.
 * Run: npx jiti examples/quickstart.ts   (Node 23 and newer: node examples/quickstart.ts)
 */
import { evaluate, predict, train } from "fovea";

const values = {}; // laid over both recipes, for example { data: { root: "./photos" }, steps: 500 }

const pretrained = await train("data-scaling/tiny", "quickstart-pretrain", { values });
const model = await train("classify/tiny", "quickstart", { values: { ...values, init: { from: pretrained.path } } });
const { metrics } = await evaluate(model.path);
console.log(`accuracy on held-out images: ${metrics["val/accuracy"]}; curves: ${model.report}`);

for (const { image, ...found } of await predict(model.path, [
  "examples/images/cross.png",
  "examples/images/ring.png",
])) {
  console.log(image, found);
}
