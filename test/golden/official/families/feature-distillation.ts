import { z } from "zod";
import { input } from "../../../../src/graph/leaf.ts";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { type CheckpointLayout, mapNames } from "../../../../src/models/checkpoint-layouts/checkpoint-layout.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { type ShapesByName, swinOptionsOf } from "../../../../src/models/swin/swin-of-weights.ts";
import { SwinEncoder } from "../../../../src/models/swin/swin-encoder.ts";
import { VitEncoder } from "../../../../src/models/vit-encoder.ts";
import { trace } from "../../../../src/nn/trace.ts";
import {
  distillationLoss,
  FeatureDistillation,
  type FeatureNetwork,
} from "../../../../src/systems/feature-distillation/model.ts";
import { ClipTeacher } from "../../../../src/systems/feature-distillation/teachers.ts";
import { loadedNetwork } from "../loaded-network.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";
import { openAiVision } from "./eva-clip.ts";
import { swinOptions } from "./swin.ts";
import { distilledOptions, vitOptions } from "./vit-arguments.ts";

const config = z
  .object({ teacher: z.string(), s3: z.boolean().default(false), net: z.unknown(), student: z.unknown() })
  .loose();

interface Part {
  readonly network: FeatureNetwork;
  readonly width: number;
}

/** SwinTransformer/Feature-Distillation's `FD`: student map, whitened teacher map, loss, the student's gradients. */
export const featureDistillation: OfficialFamily = {
  fits: ({ official }) => official.classes.includes("FD"),
  build(official) {
    const [student, teacher] = [studentOf(official), teacherOf(official)];
    if (student === undefined || teacher === undefined) {
      return { skipped: `${official.official.classes.join(", ")} is not built yet` };
    }
    const layout = layoutOf(official);
    const network = new FeatureDistillation(student.network, teacher.network, {
      studentWidth: student.width,
      teacherWidth: teacher.width,
    });
    const { states, parameter } = loadedNetwork(network, official.weights(), layout);
    const image = input("image", official.io("in/image").shape);
    const { result, features } = trace({}, () => {
      const map = network.encoder.features(image);
      return { map, projected: network.project(map), target: network.target(image) };
    });
    const outputs = {
      "out/student": result.map,
      "out/projected": result.projected,
      "out/target": result.target,
      "out/loss": distillationLoss(result.projected, result.target),
      ...tappedFeatures(official, features),
    };
    const reached = (name: string): Tensor | undefined => (name === "in/image" ? image : parameter(name));
    const gradients = [{ prefix: "grad/", of: outputs["out/loss"], parameter: reached }];
    return { runs: [{ outputs, states, feeds: { image: official.io("in/image") }, gradients }] };
  },
};

function studentOf(official: OfficialCase): Part | undefined {
  const { classes } = official.official;
  const { student } = config.parse(official.config);
  if (classes.includes("VisionTransformerForFD")) {
    const network = new VitEncoder(distilledOptions(student));
    return { network, width: network.width };
  }
  if (!classes.includes("SwinV2ForFD")) return undefined;
  const { mlpNorm, extraNormEvery } = swinOptionsOf(encoderShapes(official)); // parts that only the names tell
  const network = new SwinEncoder({ ...swinOptions(2, student), start: "distillation", mlpNorm, extraNormEvery });
  return { network, width: network.outputWidth };
}

/** The student's tensors by our names. */
function encoderShapes(official: OfficialCase): ShapesByName {
  const stored = official.weights();
  const { names } = mapNames({ ...checkpointLayouts["feature-distillation"], only: "encoder." }, stored.keys());
  return new Map([...names].map(([ours, theirs]) => [ours, stored.get(theirs) ?? { shape: [] }]));
}

function teacherOf({ config: given }: OfficialCase): Part | undefined {
  const { teacher, net, s3 } = config.parse(given);
  if (teacher.startsWith("CLIP")) {
    const options = openAiVision(net);
    return { network: new ClipTeacher(options), width: options.width };
  }
  if (teacher === "DINO" || teacher === "DEIT") {
    const network = new VitEncoder({ ...vitOptions(net), qkvBias: true });
    return { network, width: network.width };
  }
  if (teacher !== "ESVIT") return undefined;
  const options = swinOptions(1, net);
  const stages = s3 ? 3 : options.depths.length; // stage 3's map is that of a network that ends there
  const network = new SwinEncoder({
    ...options,
    depths: options.depths.slice(0, stages),
    heads: options.heads.slice(0, stages),
  });
  return { network, width: network.outputWidth };
}

function layoutOf({ config: given }: OfficialCase): CheckpointLayout {
  const layout: CheckpointLayout = checkpointLayouts["feature-distillation"];
  if (!config.parse(given).s3) return layout;
  return { ...layout, drop: [...(layout.drop ?? []), /^feature_model\.layers\.(3|2\.downsample)\./] };
}
