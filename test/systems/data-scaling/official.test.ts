import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { openFileSource } from "../../../src/files/byte-source.node.ts";
import { openTorchFile } from "../../../src/formats/pth/open-torch-file.ts";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { grad } from "../../../src/graph/autodiff.ts";
import { hostTensor, type HostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { parameters, prepare } from "../../../src/nn/module.ts";
import { loadStateDict } from "../../../src/nn/state-dict.ts";
import { maskedLoss } from "../../../src/systems/data-scaling/masked-loss.ts";
import { SimMim } from "../../../src/systems/data-scaling/model.ts";
import { evaluate, relativeError } from "../../nn/evaluate.ts";

const folder = "../shared/golden/official/swin/simmim-vit";

/** The golden case of microsoft/SimMIM's ViT: two images of 32 pixels, patch 8, width 24, two blocks. */
describe.skipIf(!existsSync(folder))("SimMIM's official ViT (needs ../shared/golden/official)", () => {
  let expected: Map<string, HostTensor>;
  let found: Record<string, number[]>;

  beforeAll(async () => {
    expected = loadIo();
    const network = prepare(new SimMim({ width: 24, depth: 2, heads: 3, imageSize: 32, patchSize: 8 }));
    const { states } = loadStateDict(network, loadWeights(), { strict: false });
    const [image, masks] = [input("image", [2, 3, 32, 32]), input("masks", [2, 4, 4])];
    const features = network.encoder.forward(image, masks); // [2, 16, 24]
    const loss = maskedLoss(network.forward(image, masks), image, masks);
    const named = [...parameters(network)];
    const gradients = grad(
      loss,
      named.map(([, parameter]) => parameter),
    );
    const feature = features.permute([0, 2, 1]).reshape([2, 24, 4, 4]);
    found = await evaluate(
      {
        "out/loss": loss,
        "out/feature": feature,
        ...Object.fromEntries(named.map(([name], i) => [`grad/${name}`, gradients[i]])),
      },
      {
        state: states,
        feeds: {
          image: expected.get("in/image") as HostTensor,
          masks: hostTensor(
            "float32",
            [2, 4, 4],
            Float32Array.from(expected.get("in/mask")?.data as BigInt64Array, Number),
          ),
        },
      },
    );
  });

  test("gives the official features and loss from the official checkpoint", () => {
    for (const name of ["out/feature", "out/loss"]) {
      expect(relativeError(found[name], expected.get(name)?.data as Float32Array)).toBeLessThan(1e-5);
    }
  });

  test("gives the official gradient of every parameter", () => {
    const names = [...expected.keys()].filter((name) => name.startsWith("grad/"));
    expect(names).toHaveLength(39);
    const worst = names.map((name) => relativeError(found[name], expected.get(name)?.data as Float32Array));
    expect(Math.max(...worst)).toBeLessThan(1e-4);
  });
});

function loadIo(): Map<string, HostTensor> {
  const source = openFileSource(join(folder, "io.safetensors"));
  try {
    return new Map([...parseSafetensors(source).tensors].map(([name, tensor]) => [name, tensor.load()]));
  } finally {
    source.close();
  }
}

function loadWeights(): Map<string, HostTensor> {
  const source = openFileSource(join(folder, "weights.pth"));
  try {
    const { tensors } = openTorchFile(source, { skipUnknown: true, at: ["model"] });
    return new Map([...tensors].map(([name, tensor]) => [name, tensor.load()]));
  } finally {
    source.close();
  }
}
