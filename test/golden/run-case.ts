import { FoveaError } from "../../src/errors/fovea-error.ts";
import { showError } from "../../src/errors/show-error.ts";
import { grad } from "../../src/graph/autodiff.ts";
import { input } from "../../src/graph/leaf.ts";
import type { HostTensor } from "../../src/graph/dtype.ts";
import { program, type Program } from "../../src/graph/program.ts";
import { dtypes } from "../../src/graph/dtype.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { compile, type CompileOptions } from "../../src/runtime/compile.ts";
import type { DeviceName } from "../../src/runtime/device.ts";
import { Arguments } from "./arguments.ts";
import { disagreement } from "./compare.ts";
import type { GoldenCase, GoldenSet } from "./manifest.ts";
import { goldenOperators } from "./operators.ts";

/** What became of a case. `why` of a skipped one names what is not built yet. */
export type CaseResult = { readonly name: string } & (
  { readonly status: "passed" } | { readonly status: "failed" | "skipped"; readonly why: string }
);

/** A case as a program of ours: outputs `out` and `d INPUT`, inputs by the names of the case. */
export interface CaseProgram {
  readonly program: Program;
  readonly feeds: Readonly<Record<string, HostTensor>>;
  readonly expected: ReadonlyMap<string, HostTensor>;
}

/** Builds value and gradients of a case. Throws for an operator that is not built, see `goldenOperators`. */
export function buildCase(golden: GoldenCase, set: GoldenSet): CaseProgram {
  const build = goldenOperators.get(golden.op);
  if (build === undefined) throw new FoveaError("golden/operator", `operator ${golden.op} is not built yet`);
  const feeds = Object.fromEntries(Object.entries(golden.inputs).map(([name, key]) => [name, set.tensor(key)]));
  const leaves = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
  );
  const given = new Arguments(leaves, golden.attrs);
  const out = build(given);
  given.checkAllRead();
  const expected = new Map([["out", set.tensor(golden.output)]]);
  const outputs: Record<string, Tensor> = { out };
  const wanted = Object.entries(golden.grads);
  if (wanted.length > 0 && golden.upstream !== undefined && dtypes[out.dtype].floating) {
    const dout = set.tensor(golden.upstream);
    feeds["upstream"] = dout;
    const upstream = input("upstream", dout.shape, dout.dtype);
    const wrt = wanted.map(([name]) => given.tensor(name));
    grad(out, wrt, upstream.reshape(out.shape)).forEach((d, i) => (outputs[`d ${wanted[i][0]}`] = d));
    for (const [name, key] of wanted) expected.set(`d ${name}`, set.tensor(key));
  }
  return { program: program({ outputs }), feeds, expected };
}

/** Runs a case on a device and compares value and gradients with the reference. */
export async function runCase(
  golden: GoldenCase,
  set: GoldenSet,
  device: DeviceName,
  { convLayout = "auto" }: Pick<CompileOptions, "convLayout"> = {},
): Promise<CaseResult> {
  const { name } = golden;
  try {
    const built = buildCase(golden, set);
    const needed = Object.entries(built.feeds).filter(([input]) => built.program.inputs.has(input));
    await using executable = await compile(built.program, { device, threads: 1, convLayout });
    const results = await executable.run(Object.fromEntries(needed));
    const wrong = [...built.expected].map(([key, value]) => disagreement(key, results.get(key) as HostTensor, value));
    const found = wrong.filter((line) => line !== undefined);
    return found.length === 0 ? { name, status: "passed" } : { name, status: "failed", why: found.join("; ") };
  } catch (error) {
    if (error instanceof FoveaError && error.code === "golden/operator")
      return { name, status: "skipped", why: error.message };
    return { name, status: "failed", why: showError(error).split("\n").slice(0, 3).join(" ") };
  }
}
