import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors-writer.ts";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import { main } from "./main.ts";

const vector = (...values: number[]): HostTensor => hostTensor("float32", [values.length], Float32Array.from(values));

/** A directory with a golden set one folder down. */
function goldenDirectory(cases: readonly object[], tensors: Record<string, HostTensor>): string {
  const directory = mkdtempSync(join(tmpdir(), "fovea-golden-"));
  mkdirSync(join(directory, "inner"));
  writeFileSync(join(directory, "inner/ops.json"), JSON.stringify({ reference: "by hand", cases }));
  writeFileSync(
    join(directory, "inner/ops.safetensors"),
    Buffer.concat([...writeSafetensors(new Map(Object.entries(tensors)))]),
  );
  return directory;
}

const oneCase = { op: "square", inputs: { x: "x" }, output: "y", grads: { x: "dx" }, upstream: "one" };
const tensors = { x: vector(1, -2), y: vector(1, 4), dx: vector(2, -4), one: vector(1, 1), wrong: vector(1, 5) };

async function run(...args: string[]): Promise<{ code: number; printed: string }> {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(line));
  return { code: await main(args), printed: lines.join("\n") };
}
afterEach(() => vi.restoreAllMocks());

test("agreement exits with 0, and operators that are not built are skipped by name", async () => {
  const directory = goldenDirectory(
    [
      { ...oneCase, name: "a" },
      { ...oneCase, name: "b", op: "fft" },
    ],
    tensors,
  );
  const { code, printed } = await run(directory);
  expect(printed).toBe("skipped b: operator fft is not built yet\n1 passed, 0 failed, 1 skipped");
  expect(code).toBe(0);
});

test("a disagreement exits with 1 and is one line", async () => {
  const directory = goldenDirectory([{ ...oneCase, name: "a", output: "wrong" }], tensors);
  const { code, printed } = await run(directory);
  expect(printed).toMatch(/^FAILED a: out: relative error 2\.0e-1, allowed 1e-4\n0 passed, 1 failed, 0 skipped$/);
  expect(code).toBe(1);
});

test("an attribute that the table does not read is a failure, not a pass", async () => {
  const directory = goldenDirectory([{ ...oneCase, name: "a", attrs: { cubed: true } }], tensors);
  expect((await run(directory)).printed).toContain("FAILED a: cubed of the case is not understood");
});

test("a directory without cases, a missing one and an unknown device exit with 2", async () => {
  const empty = mkdtempSync(join(tmpdir(), "fovea-golden-"));
  expect((await run(empty)).printed).toContain("holds no golden case");
  expect((await run(empty)).code).toBe(2);
  expect((await run(join(empty, "absent"))).code).toBe(2);
  const { code, printed } = await run(empty, "--device", "webgpo");
  expect(printed).toContain("no device webgpo; did you mean webgpu?");
  expect(code).toBe(2);
});
