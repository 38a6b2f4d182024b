import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { grad } from "../../../src/graph/autodiff.ts";
import { hostTensor, type HostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program, type Program } from "../../../src/graph/program.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import { compile, type Executable } from "../../../src/runtime/compile.ts";
import { evaluate, kernels, toFloat64 } from "../../graph/reference/evaluate.ts";

/** What became of a case's gradient. */
export interface GradientVerdict {
  readonly kind:
    | /** agrees with finite differences */ "checked"
    | /** nothing floating leads to the output */ "none"
    | "no rule"
    | /** infinities or 0·∞ inside */ "not finite"
    | "wrong";
  /** The operator without a rule, or the disagreement. */
  readonly why?: string;
}

/** Relative difference between a directional derivative and its central difference. */
const tolerance = 2e-2;

/**
 * Compares the gradient of Σ weights·outputs along two random directions with central differences of the program:
 * in float64 where the reference evaluator has its operators, else in float32 from ONNX Runtime.
 */
export async function checkGradient(
  forward: Program,
  inputs: Readonly<Record<string, HostTensor>>,
): Promise<GradientVerdict> {
  const floats = [...forward.inputs].filter(([, tensor]) => tensor.dtype === "float32" && tensor.size > 0);
  const results = [...forward.outputs].filter(([, { dtype, size }]) => dtype === "float32" && size > 0);
  if (floats.length === 0 || results.length === 0) return { kind: "none" };
  const names = floats.map(([name]) => name);
  try {
    const weights = new Map(results.map(([name, { shape, size }], i) => [name, wave(shape, size, 7 + i)]));
    const total = results
      .map(([name, tensor]) => tensor.mul(input(`weights ${name}`, tensor.shape)).sum())
      .reduce((sum, part) => sum.add(part));
    const feeds = {
      ...Object.fromEntries(Object.entries(inputs).filter(([name]) => forward.inputs.has(name))),
      ...Object.fromEntries([...weights].map(([name, value]) => [`weights ${name}`, value])),
    };
    const gradients = grad(
      total,
      floats.map(([, tensor]) => tensor),
    );
    return await compared(total, names, gradients, feeds);
  } catch (error) {
    if (error instanceof FoveaError && ["grad/operator", "grad/scatter"].includes(error.code))
      return { kind: "no rule", why: error.message.replace("grad: there is no gradient rule for ", "") };
    throw error;
  }
}

/**
 * Agreement at the case's own inputs or, where these lie on a kink or at the edge of a domain (zeros, whole numbers), at
 * inputs moved by about 1%.
 */
async function compared(
  total: Tensor,
  names: readonly string[],
  gradients: readonly Tensor[],
  feeds: Readonly<Record<string, HostTensor>>,
): Promise<GradientVerdict> {
  const value = program({ outputs: { total } });
  const backward = program({ outputs: Object.fromEntries(gradients.map((d, i) => [`d ${names[i]}`, d])) });
  await using forward = await compile(value, { device: "cpu", threads: 1 });
  const verdicts: string[] = [];
  for (const [factor, offset] of [
    [1, 0],
    [1, 0.0137],
    [0.9, 0.0137],
    [1.01, -0.0137],
  ] as const) {
    const moved = Object.fromEntries(
      names.map((name) => {
        const { shape, data } = feeds[name];
        const bumps = wave(shape, data.length, 29).data;
        const values = Float32Array.from(
          { length: data.length },
          (_, i) => Number(data[i]) * factor + offset * bumps[i],
        );
        return [name, hostTensor("float32", shape, values)];
      }),
    );
    const at = { ...feeds, ...moved };
    const found = await once(backward, at);
    const wrong = await disagreement(value, forward, at, names, found);
    if (wrong === undefined) return { kind: "checked" };
    verdicts.push(wrong);
  }
  if (verdicts.every((why) => why.includes("NaN") || why.includes("Infinity")))
    return { kind: "not finite", why: verdicts[0] };
  return { kind: "wrong", why: verdicts.join("; ") };
}

/** Along two directions; undefined where both agree. */
async function disagreement(
  value: Program,
  forward: Executable,
  feeds: Readonly<Record<string, HostTensor>>,
  names: readonly string[],
  found: ReadonlyMap<string, HostTensor>,
): Promise<string | undefined> {
  for (const seed of [3, 11]) {
    const direction = Object.fromEntries(
      names.map((name) => [name, wave(feeds[name].shape, feeds[name].data.length, seed)]),
    );
    const parts = names.map((name) => dot(found.get(`d ${name}`) as HostTensor, direction[name])); // backward has them all
    const expected = parts.reduce((sum, part) => sum + part, 0);
    const differences = await centralDifferences(value, forward, feeds, direction);
    const close = (d: number): boolean =>
      Math.abs(d - expected) <= tolerance * Math.max(Math.abs(expected), Math.abs(d), 1e-3);
    if (!differences.some(close))
      return `gradient along a direction is ${expected.toPrecision(5)}, differences say ${differences.map((d) => d.toPrecision(5)).join(", ")}`;
  }
  return undefined;
}

async function once(one: Program, feeds: Readonly<Record<string, HostTensor>>): Promise<Map<string, HostTensor>> {
  await using executable = await compile(one, { device: "cpu", threads: 1 });
  return await executable.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => one.inputs.has(name))));
}

/** (f(x + h·v) − f(x − h·v))/2h for a step or, in float32, three: rounding and curvature err at different ends. */
async function centralDifferences(
  value: Program,
  executable: Executable,
  feeds: Readonly<Record<string, HostTensor>>,
  direction: Readonly<Record<string, HostTensor>>,
): Promise<number[]> {
  const needed = Object.entries(feeds).filter(([name]) => value.inputs.has(name));
  // the evaluator's Resize knows the ordinary kinds only
  if (value.nodes.every(({ operator }) => operator.type in kernels && operator.type !== "Resize")) {
    const h = 1e-6;
    const at = (by: number): number => {
      const moved = needed.map(([name, tensor]) => [name, shifted(tensor, direction[name], by)] as const);
      return evaluate(value, Object.fromEntries(moved)).get("total")?.data[0] ?? NaN;
    };
    return [(at(h) - at(-h)) / (2 * h)];
  }
  const at = async (by: number): Promise<number> => {
    const moved = needed.map(([name, tensor]) => {
      const { shape, data } = shifted(tensor, direction[name], by);
      return [
        name,
        direction[name] === undefined ? tensor : hostTensor("float32", shape, Float32Array.from(data)),
      ] as const;
    });
    return Number((await executable.run(Object.fromEntries(moved))).get("total")?.data[0]);
  };
  const all: number[] = [];
  for (const h of [1e-3, 1e-2, 5e-2]) all.push(((await at(h)) - (await at(-h))) / (2 * h));
  return all;
}

function shifted(tensor: HostTensor, direction: HostTensor | undefined, by: number) {
  const { shape, data } = toFloat64(tensor);
  return { shape, data: direction === undefined ? data : data.map((x, i) => x + by * Number(direction.data[i])) };
}

const dot = (a: HostTensor, b: HostTensor): number =>
  Array.from(a.data as ArrayLike<number>).reduce((sum, x, i) => sum + x * Number(b.data[i]), 0);

/** Values that no symmetry of an operator cancels. */
const wave = (shape: readonly number[], size: number, seed: number): HostTensor<"float32"> =>
  hostTensor(
    "float32",
    shape,
    Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i) + 0.3),
  );
