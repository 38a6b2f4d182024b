import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { benches } from "../../bench/benches.ts";
import { engineContestants } from "../../bench/engine.ts";
import { main } from "../../bench/main.ts";
import { parseVitStep, vitArguments, vitParameters, vitTi } from "../../bench/vit-step.ts";

let out = "";
let err = "";
beforeEach(() => {
  out = err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => ((out += String(chunk)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => ((err += String(chunk)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
});

test("without a name it prints the list, one line each", async () => {
  expect(await main([])).toBe(0);
  expect(out.trimEnd().split("\n")).toHaveLength(Object.keys(benches).length);
  expect(out).toMatch(/^engine {2,}training step of ViT-Ti/m);
});

test("an unknown name is refused with the nearest one, exit code 2", async () => {
  expect(await main(["engin"])).toBe(2);
  const names = Object.keys(benches).join(", ");
  expect(err).toBe(`unknown bench 'engin': did you mean 'engine'?\n  hint: there is: ${names}\n`);
  expect(await main(["reproduce", "no-such-run"])).toBe(2);
  expect(err).toContain("unknown acceptance run 'no-such-run'");
});

test("an unknown flag and a count that is no whole number are refused, exit code 2", async () => {
  expect(await main(["engine", "--round", "3"])).toBe(2);
  expect(err).toContain("unknown option '--round'");
  expect(err).toContain("Did you mean --rounds?");
  expect(await main(["engine", "--rounds", "0"])).toBe(2);
  expect(err).toContain("expected a whole number above zero");
  expect(await main(["engine", "--only", "nobody"])).toBe(2);
  expect(err).toContain("--only nobody: no contestant's name holds that\n  hint: contestants: fovea, products alone");
});

test("--help ends with examples and exits with 0", async () => {
  expect(await main(["--help"])).toBe(0);
  expect(out).toMatch(/Examples:\n {2}npm run bench -- engine --json engine\.json/);
});

test("--json writes machine, options and every row", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fovea-bench-"));
  const python = process.env["FOVEA_PEERS_PYTHON"];
  process.env["FOVEA_PEERS_PYTHON"] = "no-such-python-of-fovea";
  try {
    const file = join(folder, "engine.json");
    expect(await main(["engine", "--quick", "--only", "eager", "--json", file])).toBe(0);
    const written = JSON.parse(readFileSync(file, "utf8"));
    expect(written).toMatchObject({ bench: "engine", rounds: 2, steps: 1, machine: { node: process.version } });
    expect(written.comparisons.map(({ outcomes }: { outcomes: unknown[] }) => outcomes)).toEqual([
      [expect.objectContaining({ name: "PyTorch eager", state: "not installed" })],
      [expect.objectContaining({ name: "PyTorch eager", state: "not installed" })],
      [expect.objectContaining({ name: "PyTorch eager", state: "not installed" })],
    ]);
    expect(out).toContain("PyTorch eager: not installed: no program 'no-such-python-of-fovea'");
  } finally {
    if (python === undefined) delete process.env["FOVEA_PEERS_PYTHON"];
    else process.env["FOVEA_PEERS_PYTHON"] = python;
    rmSync(folder, { recursive: true });
  }
});

test("fovea is the subject of the engine's ratios, and every contestant is told the same sizes", () => {
  const step = { ...vitTi, threads: 2 };
  const contestants = engineContestants(step);
  expect(contestants[0].name).toBe("fovea");
  for (const { command } of contestants) expect(command.slice(-8)).toEqual(vitArguments(step));
  expect(parseVitStep(vitArguments(step))).toEqual(step);
  expect(() => parseVitStep(["batch=32", "dim=x"])).toThrow("dim=x: expected a whole number above zero");
});

test("ViT-Ti's parameters are timm's 5.3 million in the blocks plus embedding and head", () => {
  const sizes = [...vitParameters({ ...vitTi, threads: 2 }).values()].map((shape) => shape.reduce((a, b) => a * b, 1));
  const block = 12 * 192 * 192 + 13 * 192; // 4 weights of 3, 1, 4, 4 dim², their biases 9 dim, two norms 4 dim
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(12 * block + 2 * 48 * 192 + 192 + 2 * 192 + 48);
});
