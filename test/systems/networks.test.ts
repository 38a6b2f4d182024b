import { expect, test } from "vitest";
import { checkpointLayouts } from "../../src/models/checkpoint-layouts/layouts.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { hostTensor } from "../../src/graph/dtype.ts";
import { buffers, parameterCount, parameters, prepare } from "../../src/nn/module.ts";
import { findNetwork, networks } from "../../src/systems/networks.ts";

test("every network can be built by its name, and no name stands for two", () => {
  for (const [name, { build }] of networks) expect(parameterCount(build({ classes: 10 })), name).toBeGreaterThan(0);
  expect(networks.size).toBeGreaterThan(80);
});

/** Names as the first layout's authors write them; the other layouts are covered by the official cases. */
test.each(["vit-nano", "swinv2-micro-s", "resnet8", "vit_base_patch16_224"])(
  "%s takes a state dict of its own names by its first layout",
  (name) => {
    const { build, layouts } = findNetwork(name);
    const network = prepare(build({ classes: 10 }));
    const states = [...parameters(network), ...buffers(network)];
    const values = new Map(
      states
        .filter(([, { dtype }]) => dtype === "float32")
        .map(([own, { shape, size }]) => [own, hostTensor("float32", shape, new Float32Array(size))]),
    );
    const { missing, misshapen, unexpected } = loadPretrained(network, values, checkpointLayouts[layouts[0]]);
    expect([missing, [...misshapen], unexpected]).toEqual([[], [], []]);
  },
);

test("an unknown name is refused with the nearest one", () => {
  expect(() => findNetwork("swin-tt")).toThrow(/no network called swin-tt; there are vit-nano/);
});
