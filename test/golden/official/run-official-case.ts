import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { showError } from "../../../src/errors/show-error.ts";
import { grad } from "../../../src/graph/autodiff.ts";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import { program } from "../../../src/graph/program.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { resolveDevice, type DeviceName } from "../../../src/runtime/device.ts";
import { ResidentState } from "../../../src/runtime/resident-state.ts";
import { disagreement } from "../compare.ts";
import type { CaseResult } from "../run-case.ts";
import { officialFamilies } from "./families.ts";
import type { OfficialCase } from "./official-case.ts";
import type { OfficialFamily, OfficialRun } from "./official-family.ts";

const familyOf = (official: OfficialCase): OfficialFamily | undefined =>
  officialFamilies.find((candidate) => candidate.fits(official));

/** Why there is nothing to run: no family of ours fits. */
export const unbuiltOfficial = (official: OfficialCase): string | undefined =>
  familyOf(official) === undefined ? `${official.official.classes.join(", ")} is not built yet` : undefined;

/** Runs a case on a device and compares all that it stores: outputs, intermediate values that we have, gradients. */
export async function runOfficialCase(official: OfficialCase, device: DeviceName): Promise<CaseResult> {
  const { name } = official;
  const family = familyOf(official);
  if (family === undefined) return { name, status: "skipped", why: unbuiltOfficial(official) ?? "" };
  try {
    const work = await family.build(official, device);
    if ("skipped" in work) return { name, status: "skipped", why: work.skipped };
    const results = new Map(work.results);
    for (const run of work.runs)
      for (const [key, value] of await computed(official, run, device)) results.set(key, value);
    const wrong = differences(official, family, results);
    return wrong.length === 0 ? { name, status: "passed" } : { name, status: "failed", why: wrong.join("; ") };
  } catch (error) {
    return { name, status: "failed", why: showError(error).split("\n").slice(0, 3).join(" ") };
  }
}

async function computed(
  official: OfficialCase,
  run: OfficialRun,
  device: DeviceName,
): Promise<ReadonlyMap<string, HostTensor>> {
  const closed = program({ outputs: { ...run.outputs, ...gradientsOf(official, run) } });
  const states = run.states ?? new Map<string, HostTensor>();
  const state = new ResidentState(
    resolveDevice({ device, threads: 1 }),
    new Map([...states].filter(([name]) => closed.states.has(name))),
  );
  try {
    await using executable = await compile(closed, { state });
    return await executable.run(
      Object.fromEntries(Object.entries(run.feeds).filter(([name]) => closed.inputs.has(name))),
    );
  } finally {
    await state.dispose();
  }
}

function gradientsOf(official: OfficialCase, { gradients = [] }: OfficialRun): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = {};
  for (const { prefix, of, parameter } of gradients) {
    const names = official.names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    const ours = names.map((name) => parameter(name)); // one that we lack is reported as not computed
    const known = names.filter((_, i) => ours[i] !== undefined);
    const derived = grad(
      of,
      ours.filter((tensor) => tensor !== undefined),
    );
    known.forEach((name, i) => (outputs[`${prefix}${name}`] = derived[i]));
  }
  return outputs;
}

function differences(
  official: OfficialCase,
  family: OfficialFamily,
  results: ReadonlyMap<string, HostTensor>,
): string[] {
  const wrong: string[] = [];
  for (const name of results.keys())
    if (!official.names.includes(name)) throw new FoveaError("golden/name", `the case stores no ${name}`);
  for (const name of official.names) {
    if (/(^|\/)in\//.test(name) && !/(^|\/)grad\//.test(name)) continue;
    const actual = results.get(name);
    if (actual !== undefined) {
      const { relative, absolute } = official.tolerance;
      const line = disagreement(name, actual, official.io(name), { relative, absolute: absolute[name] ?? 0 });
      if (line !== undefined) wrong.push(line);
    } else if (!/(^|\/)mid\//.test(name) && !family.notOurs?.some(({ pattern }) => pattern.test(name))) {
      wrong.push(`${name}: not computed`);
    }
  }
  return wrong;
}
