import { expect, test } from "vitest";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { LayerNorm } from "../../src/nn/layer-norm.ts";
import { Linear } from "../../src/nn/linear.ts";
import { buffers, initialise, Module, parameterCount, parameters, prepare } from "../../src/nn/module.ts";
import { Buffer } from "../../src/nn/parameter.ts";
import { loadStateDict, stateDict } from "../../src/nn/state-dict.ts";
import { recordUpdate, trace } from "../../src/nn/trace.ts";

class Layer extends Module {
  readonly norm = new LayerNorm(4);
  readonly proj: Linear;
  readonly running_mean = new Buffer([4]);

  constructor(proj = new Linear(4, 4)) {
    super();
    this.proj = proj;
  }

  forward(x: Tensor): Tensor {
    recordUpdate(this.running_mean, this.running_mean.mul(0.9).add(x.mean(0).mul(0.1)));
    return this.proj.forward(this.norm.forward(x));
  }
}

class Net extends Module {
  readonly layers = [new Layer(), new Layer()];
  readonly heads = { a: new Linear(4, 2, { bias: false }) };

  forward(x: Tensor): Tensor {
    return this.heads.a.forward(this.layers.reduce((y, layer) => layer.forward(y), x));
  }
}

test("parameters are named by their attribute paths, through arrays and plain objects, in attribute order", () => {
  const net = prepare(new Net());
  expect([...parameters(net).keys()]).toEqual([
    "layers.0.norm.weight",
    "layers.0.norm.bias",
    "layers.0.proj.weight",
    "layers.0.proj.bias",
    "layers.1.norm.weight",
    "layers.1.norm.bias",
    "layers.1.proj.weight",
    "layers.1.proj.bias",
    "heads.a.weight",
  ]);
  expect([...buffers(net).keys()]).toEqual(["layers.0.running_mean", "layers.1.running_mean"]);
  expect(parameterCount(net)).toBe(2 * (4 + 4 + 16 + 4) + 8);
});

test("a prefix stands before every name and module path", () => {
  const net = prepare(new Net(), "student.");
  expect([...parameters(net).keys()][0]).toBe("student.layers.0.norm.weight");
  expect(net.layers[1].proj.path).toBe("student.layers.1.proj");
  expect(net.path).toBe("student");
});

test("a shared parameter keeps its first name and stands once", () => {
  const shared = new Linear(4, 4);
  class Twins extends Module {
    readonly one = new Layer(shared);
    readonly two = new Layer(shared);
  }
  const names = [...parameters(prepare(new Twins())).keys()];
  expect(names.filter((name) => name.endsWith("proj.weight"))).toEqual(["one.proj.weight"]);
});

test("names given by an earlier prepare stay, so a part can be used inside another network", () => {
  const layer = prepare(new Layer(), "target.");
  class Hybrid extends Module {
    readonly inner = layer;
    readonly own = new Linear(4, 4);
  }
  const names = [...parameters(prepare(new Hybrid(), "meta.")).keys()];
  expect(names).toContain("target.proj.weight");
  expect(names).toContain("meta.own.weight");
});

test("using a parameter that has no name says what to call", () => {
  const net = new Net();
  expect(() => program({ outputs: { y: net.forward(input("x", [3, 4])) } })).toThrow("a parameter [4] has no name yet");
  expect(() => parameters(net)).toThrow("Net: layers.0.norm.weight has no name yet");
});

test("first values depend on seed and own name only", () => {
  const one = initialise(prepare(new Net()), 7);
  expect(initialise(prepare(new Net()), 7)).toEqual(one);
  expect(initialise(prepare(new Net()), 8).get("heads.a.weight")).not.toEqual(one.get("heads.a.weight"));
  class Longer extends Net {
    readonly extra = new Linear(2, 2);
  }
  const longer = initialise(prepare(new Longer()), 7);
  for (const [name, value] of one) expect(longer.get(name)).toEqual(value);
});

test("a trace taps each module's result by path and collects buffer updates in training only", () => {
  const net = prepare(new Net());
  const x = input("x", [3, 4]);
  const training = trace({ training: true }, () => net.forward(x));
  expect([...training.features.keys()]).toEqual([
    "layers.0.norm",
    "layers.0.proj",
    "layers.0",
    "layers.1.norm",
    "layers.1.proj",
    "layers.1",
    "heads.a",
    "",
  ]);
  expect(training.features.get("")).toBe(training.result);
  expect(training.features.get("layers.1")?.shape).toEqual([3, 4]);
  expect([...training.updates.keys()]).toEqual([net.layers[0].running_mean, net.layers[1].running_mean]);
  expect(trace({}, () => net.forward(x)).updates.size).toBe(0);
});

test("an error inside a module names the module's path", () => {
  const net = prepare(new Net());
  const [{ norm, proj }] = net.layers;
  expect(() => norm.forward(input("x", [3, 5]))).toThrow(
    expect.objectContaining({ where: expect.stringMatching(/^layers\.0\.norm, .*module\.test\.ts:\d+$/) }),
  );
  expect(() => proj.forward(input("x", [3, 5]))).toThrow(
    expect.objectContaining({ where: expect.stringMatching(/^layers\.0\.proj, /) }),
  );
});

test("a state dict is checked by name, shape and dtype", () => {
  const net = prepare(new Net());
  const values = initialise(net, 1);
  expect(loadStateDict(net, values)).toMatchObject({ missing: [], unexpected: [] });
  expect([...stateDict(net.layers[0], values).keys()]).toHaveLength(5);

  const renamed = new Map([...values].map(([name, value]) => [name.replace("heads.a", "heads.b"), value]));
  expect(() => loadStateDict(net, renamed)).toThrow("heads.a.weight: the values lack it");
  expect(() => loadStateDict(net, renamed)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("did you mean heads.b.weight?") }),
  );
  expect(loadStateDict(net, renamed, { strict: false })).toMatchObject({
    missing: ["heads.a.weight"],
    unexpected: ["heads.b.weight"],
  });
  expect(() => loadStateDict(net, new Map([...values, ["extra", renamed.get("heads.b.weight")!]]))).toThrow(
    "extra: not in the model",
  );

  const misshapen = new Map([...values, ["heads.a.weight", values.get("layers.0.proj.weight")!]]);
  expect(() => loadStateDict(net, misshapen)).toThrow(
    "heads.a.weight: the model has float32 [2, 4], the values float32 [4, 4]",
  );
});
