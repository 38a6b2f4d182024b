import { describe, expect, test } from "vitest";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { buildProgram, usageError } from "../../src/cli/build-program.ts";
import type { Call, Command } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import { CommanderError } from "commander";

/** Parses `words` by the real grammar, runs nothing, and returns the command and its call. */
async function parse(words: readonly string[]): Promise<{ path: string; call: Call }> {
  const calls: { path: string; call: Call }[] = [];
  const recording = commands.map((command): Command => {
    return { ...command, run: async (call) => void calls.push({ path: command.path, call }) };
  });
  const program = buildProgram(recording, { version: "0", finished: () => {} });
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    throw error instanceof CommanderError ? usageError(error, recording) : error;
  }
  const [only] = calls;
  if (only === undefined) throw new Error("no command ran");
  return only;
}

const refusal = async (words: readonly string[]): Promise<FoveaError> => {
  const error: unknown = await parse(words).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FoveaError)) throw new Error(`not refused in our words: ${String(error)}`);
  return error;
};

describe("the grammar", () => {
  test("tells things from values, wherever they and the flags stand", async () => {
    const { path, call } = await parse(["train", "a.b=1", "classify/tiny", "--name", "x", "data.root=./a=b", "--json"]);
    expect(path).toBe("train");
    expect(call.things).toEqual(["classify/tiny"]);
    expect(call.values).toEqual(["a.b=1", "data.root=./a=b"]);
    expect(call.flags).toMatchObject({ name: "x", json: true, out: "runs", device: "auto", overwrite: false });
  });

  test("--seed N is seed=N after all other values", async () => {
    expect((await parse(["train", "classify/tiny", "--seed", "3", "seed=1"])).call.values).toEqual([
      "seed=1",
      "seed=3",
    ]);
  });

  test("an image with = in its name is an image", async () => {
    expect((await parse(["predict", "m.onnx", "a=b.png"])).call.things).toEqual(["m.onnx", "a=b.png"]);
  });

  test("verbs of two words", async () => {
    expect((await parse(["runs", "ls", "--json"])).path).toBe("runs ls");
    expect((await parse(["data", "inspect", "a", "b"])).call.things).toEqual(["a", "b"]);
  });

  test.each([
    [["trian", "classify/tiny"], "unknown command 'trian'", "did you mean train?"],
    [["runs", "lst"], "unknown command 'lst'", "did you mean ls?"],
    [["train", "classify/tiny", "--nmae", "x"], "unknown flag '--nmae'", "did you mean --name?"],
    [["train", "classify/tiny", "--threads", "0"], '--threads takes a whole number from 1, got "0"', undefined],
    [["train", "classify/tiny", "--name", "../x"], '--name "../x": a run\'s name is letters', "--out DIR"],
    [["eval"], "fovea eval takes RUN, got nothing", "for example: fovea eval"],
    [["eval", "a", "b"], 'fovea eval takes RUN, got "a" "b"', "for example: fovea eval"],
    [["eval", "a", "steps=3"], "fovea eval takes RUN", undefined],
    [["eval", "a", "--checkpoint", "newest"], 'best, last or a step, got "newest"', undefined],
    [["train", "classify/tiny", "--name"], "option '--name <name>' argument missing", undefined],
  ])("refuses %j with exit code 2", async (words, message, hint) => {
    const error = await refusal(words);
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(message);
    if (hint !== undefined) expect(error.hint).toContain(hint);
  });
});

describe.each(commands.map((command) => [command.path, command] as const))("fovea %s", (path, command) => {
  test("has two or three examples, and each of them parses", async () => {
    expect(command.examples.length).toBeGreaterThanOrEqual(2);
    expect(command.examples.length).toBeLessThanOrEqual(3);
    for (const example of command.examples) {
      const words = (example.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll(/['"]/g, ""));
      expect((await parse(words)).path).toBe(path);
    }
  });
});
