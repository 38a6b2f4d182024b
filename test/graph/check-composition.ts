import { grad } from "../../src/graph/autodiff.ts";
import type { HostTensor } from "../../src/graph/dtype.ts";
import { program } from "../../src/graph/program.ts";
import type { SegmentOf } from "../../src/graph/recompute.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { generator } from "../../src/random/generator.ts";
import { compile } from "../../src/runtime/compile.ts";
import type { ConvLayout } from "../../src/runtime/layout/layout-for.ts";
import type { Composition } from "./composition-arbitraries.ts";
import { unit } from "./composition-maker.ts";
import { evaluate, toFloat64 } from "./reference/evaluate.ts";
import type { NdArray } from "./reference/nd-array.ts";

/** Relative error by name: of a result, `d w0` of the gradient by w0. */
type Errors = ReadonlyMap<string, number>;

export interface Agreement {
  readonly plain: Errors;
  /** Convolutions and pools in the blocked layout; undefined where there are none. */
  readonly blocked: Errors | undefined;
  /** What is not the same bits when the segments are computed once more. */
  readonly changed: readonly string[];
  /** Gradients below the floor, whose relative error says less. */
  readonly faint: readonly string[];
}

const directions = 6;
/** How far elements move, about: a quotient's error is h²·f‴/6 and 10⁻¹⁶/h, both far below float32's. */
const h = 1e-5;
/** Values and slopes below this count as this: what cancels to 0 in float64 leaves 10⁻⁸ in float32. */
const floor = 1e-3;

/** Values and gradients of `composition` in float32 by ONNX Runtime, against float64 and its central differences. */
export async function agreement(composition: Composition): Promise<Agreement> {
  const exact = new Map([...exactResults(composition), ...exactSlopes(composition)]);
  const plain = await run(composition, { convLayout: "plain" });
  const again = await run(composition, { convLayout: "plain" }, composition.segmentOf);
  const compare = (found: ReadonlyMap<string, HostTensor>): Errors =>
    new Map([...exact].map(([name, known]) => [name, errorOf(found.get(name), known)]));
  return {
    plain: compare(plain),
    blocked: hasWindows(composition) ? compare(await run(composition, { convLayout: "blocked" })) : undefined,
    changed: [...plain.keys()].filter((name) => !sameValues(plain.get(name), again.get(name))),
    faint: [...exact].flatMap(([name, { values }]) => (rms(values) < floor ? [name] : [])),
  };
}

/** Known in float64: projections of a result, or of a gradient, on `along`; the whole where it is undefined. */
interface Exact {
  readonly values: readonly number[];
  readonly along: readonly Float32Array[] | undefined;
}

function exactResults({ results, inputs }: Composition): Map<string, Exact> {
  const found = evaluate(program({ outputs: results }), feedsOf(inputs));
  return new Map([...found].map(([name, { data }]) => [name, { values: [...data], along: undefined }]));
}

/** (f(w + h·v) − f(w − h·v)) / 2h along random directions v of length 1, for each input w. */
function exactSlopes({ inputs, loss, seed }: Composition): Map<string, Exact> {
  const closed = program({ outputs: { loss } });
  const feeds = feedsOf(inputs);
  const random = generator(seed, "directions");
  const slope = (name: string, v: Float32Array): number => {
    const step = h * Math.sqrt(v.length);
    const [above, below] = [step, -step].map((by) => {
      const { shape, data } = feeds[name];
      const moved = { ...feeds, [name]: { shape, data: data.map((value, i) => value + by * v[i]) } };
      return evaluate(closed, moved).get("loss")?.data[0] ?? NaN;
    });
    return (above - below) / (2 * step);
  };
  return new Map(
    Object.entries(feeds).map(([name, { data }]) => {
      const along = Array.from({ length: Math.min(directions, data.length) }, () => unit(random, data.length));
      return [`d ${name}`, { values: along.map((v) => slope(name, v)), along }];
    }),
  );
}

const feedsOf = (inputs: Composition["inputs"]): Record<string, NdArray> =>
  Object.fromEntries([...inputs].map(([name, { value }]) => [name, toFloat64(value)]));

async function run(
  { inputs, results, loss }: Composition,
  { convLayout }: { readonly convLayout: ConvLayout },
  segmentOf?: SegmentOf,
): Promise<ReadonlyMap<string, HostTensor>> {
  const names = [...inputs.keys()];
  const tensors = [...inputs.values()].map(({ tensor }) => tensor);
  const outputs: Record<string, Tensor> = { ...results };
  grad(loss, tensors, undefined, { segmentOf }).forEach((d, i) => (outputs[`d ${names[i]}`] = d));
  const closed = program({ outputs });
  await using executable = await compile(closed, { device: "cpu", threads: 1, convLayout });
  const fed = [...inputs]
    .filter(([name]) => closed.inputs.has(name))
    .map(([name, { value }]) => [name, value] as const);
  return await executable.run(Object.fromEntries(fed));
}

const hasWindows = ({ loss }: Composition): boolean =>
  program({ outputs: { loss } }).nodes.some(({ operator }) => /Conv|Pool|Resize/.test(operator.type));

function errorOf(found: HostTensor | undefined, { values, along }: Exact): number {
  const data = Array.from(found?.data ?? [], Number);
  const project = (v: Float32Array): number => v.reduce((sum, part, i) => sum + part * data[i], 0);
  const actual = along === undefined ? data : along.map(project);
  return rms(values.map((value, i) => value - actual[i])) / Math.max(rms(values), floor);
}

const rms = (values: readonly number[]): number => Math.hypot(...values) / Math.sqrt(Math.max(1, values.length));

/** The same bits, but for the sign of 0: the barrier of a segment adds 0. */
const sameValues = (a: HostTensor | undefined, b: HostTensor | undefined): boolean =>
  a !== undefined && b !== undefined && Array.from(a.data, Number).every((value, i) => value === Number(b.data[i]));
