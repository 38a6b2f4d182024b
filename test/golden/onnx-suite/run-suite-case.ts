import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { dtypes, type HostTensor } from "../../../src/graph/dtype.ts";
import { decodeModel } from "../../../src/graph/onnx/decode.ts";
import type { Program } from "../../../src/graph/program.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { checkGradient, type GradientVerdict } from "./check-gradient.ts";
import { difference } from "./compare-outputs.ts";
import type { DataSet, SuiteCase } from "./suite-case.ts";

/** Why a case was refused before it ran: what is not in our list. */
export type Refusal = "operator" | "element type" | "value type" | "opset" | "chance" | "shape from data";

export type SuiteResult = {
  readonly name: string;
  /** ONNX types in the model. */
  readonly types: readonly string[];
} & (
  | { readonly status: "passed"; readonly gradient: GradientVerdict }
  | { readonly status: "failed"; readonly why: string }
  | { readonly status: "skipped"; readonly why: string; readonly refusal: Refusal }
);

const refusals: Readonly<Record<string, Refusal>> = {
  "onnx/unsupported": "operator",
  "onnx/dtype": "element type",
  "onnx/type": "value type",
  "onnx/opset": "opset",
  "onnx/random": "chance",
  "graph/constant": "shape from data",
};

/** Reads a case through our import, writes it anew, runs it, compares; then checks its gradient where it has one. */
export async function runSuiteCase(one: SuiteCase): Promise<SuiteResult> {
  const { name, types } = one;
  try {
    refuseEarly(one);
    const verdicts: GradientVerdict[] = [];
    for (const set of one.dataSets()) {
      const program = read(one, set);
      const wrong = await compare(program, set);
      if (wrong !== undefined) return { name, types, status: "failed", why: wrong };
      verdicts.push(await checkGradient(program, set.inputs));
    }
    const failed = verdicts.find(({ kind }) => kind === "wrong");
    if (failed?.why !== undefined) return { name, types, status: "failed", why: failed.why };
    return { name, types, status: "passed", gradient: verdicts[0] ?? { kind: "none" } };
  } catch (error) {
    const refusal = error instanceof FoveaError ? refusals[error.code] : undefined;
    const why = error instanceof FoveaError ? error.message : String(error instanceof Error ? error.stack : error);
    return refusal === undefined
      ? { name, types, status: "failed", why }
      : { name, types, status: "skipped", why: why.replace(/^ONNX model: /, ""), refusal };
  }
}

/** Operators, value types and operator set are judged before the data is looked at, which may be no tensors. */
function refuseEarly({ model }: SuiteCase): void {
  try {
    decodeModel(model);
  } catch (error) {
    if (error instanceof FoveaError && ["onnx/unsupported", "onnx/type", "onnx/opset"].includes(error.code))
      throw error;
  }
}

/**
 * The cases feed as inputs what exporters write as constants (target shapes, axes, pads): where a shape rule asks for
 * one, the values become constants; whole numbers after the first input first, then more.
 */
function read({ model, inputNames }: SuiteCase, { inputs }: DataSet): Program {
  const whole = ([, { dtype }]: [string, HostTensor]): boolean => !dtypes[dtype].floating;
  const later = ([name]: [string, HostTensor]): boolean => name !== inputNames[0];
  const entries = Object.entries(inputs);
  const attempts = [
    [],
    entries.filter((e) => whole(e) && later(e)),
    entries.filter(later),
    entries.filter(whole),
    entries,
  ];
  let refused: unknown;
  for (const bound of attempts) {
    try {
      return decodeModel(model, { bind: Object.fromEntries(bound) }).program;
    } catch (error) {
      if (!(error instanceof FoveaError) || error.code !== "graph/constant") throw error;
      refused = error;
    }
  }
  throw refused;
}

async function compare(program: Program, { inputs, outputs }: DataSet): Promise<string | undefined> {
  await using executable = await compile(program, { device: "cpu", threads: 1 });
  const feeds = Object.fromEntries(Object.entries(inputs).filter(([input]) => program.inputs.has(input)));
  const results = await executable.run(feeds);
  return [...outputs].map(([output, expected]) => difference(output, results.get(output), expected)).find(Boolean);
}
