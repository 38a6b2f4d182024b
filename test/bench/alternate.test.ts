import { expect, test } from "vitest";
import { alternate, type Outcome } from "../../bench/alternate.ts";
import { program, scripted } from "./synthetic.ts";

function measured(outcome: Outcome | undefined): Extract<Outcome, { state: "measured" }> {
  if (outcome?.state !== "measured") throw new Error(`not measured: ${JSON.stringify(outcome)}`);
  return outcome;
}

test("drops the first step of each round and gives medians and the ratio to the first contestant", async () => {
  const outcomes = await alternate([scripted("ours", [999, 10, 12]), scripted("theirs", [999, 20, 24])], {
    rounds: 3,
    steps: 2,
  });
  const [ours, theirs] = outcomes.map(measured);
  expect(ours.ms).toEqual({ median: 11, min: 10, max: 12, count: 6 });
  expect(ours.ratio).toMatchObject({ median: 1, min: 1, max: 1, count: 3 });
  expect(theirs.ratio).toMatchObject({ median: 0.5, min: 0.5, max: 0.5 });
  expect(theirs).toMatchObject({ loss: 0.5, peakMb: 100, threads: 2, versions: { toy: "1.0" } });
  expect(theirs.rounds).toEqual([
    [20, 24],
    [20, 24],
    [20, 24],
  ]);
});

test("compares only times of the same round, so a drifting machine does not bend the ratio", async () => {
  const drifting = [0, 10, 0, 100, 0, 1000];
  const outcomes = await alternate(
    [
      scripted("ours", drifting),
      scripted(
        "theirs",
        drifting.map((ms) => 2 * ms),
      ),
    ],
    { rounds: 3, steps: 1 },
  );
  expect(measured(outcomes[1]).ratio).toMatchObject({ median: 0.5, min: 0.5, max: 0.5, count: 3 });
});

test("lets a slow contestant take part in fewer rounds with fewer steps", async () => {
  const outcomes = await alternate([scripted("ours", [1]), scripted("slow", [4], { rounds: 2, steps: 1 })], {
    rounds: 5,
    steps: 3,
  });
  expect(measured(outcomes[0]).ms.count).toBe(15);
  expect(measured(outcomes[1]).ms.count).toBe(2);
  expect(measured(outcomes[1]).ratio).toMatchObject({ median: 0.25, count: 2 });
});

test("passes over lines that are not JSON objects", async () => {
  const chatty = program(
    "chatty",
    `console.log("a warning"); console.log('{"ready":true,"versions":{}}');
     process.stdin.on("data", () => console.log('hello\\n{"ms":0}\\n{"ms":7}\\n{"done":true}'))`,
  );
  expect(measured((await alternate([chatty], { rounds: 1, steps: 1 }))[0]).ms.median).toBe(7);
});

test("an absent program and an absent package become rows that say how to install them", async () => {
  const outcomes = await alternate(
    [
      scripted("ours", [1]),
      { name: "absent", command: ["no-such-program-of-fovea"], install: "apt-get install it" },
      program("no package", `console.log('{"notInstalled":"pip install it"}')`),
    ],
    { rounds: 1, steps: 1 },
  );
  expect(outcomes[0]?.state).toBe("measured");
  expect(outcomes[1]).toEqual({ name: "absent", state: "not installed", install: "apt-get install it" });
  expect(outcomes[2]).toEqual({ name: "no package", state: "not installed", install: "pip install it" });
});

test("a contestant that dies at the start or in a round fails alone, with its last words", async () => {
  const outcomes = await alternate(
    [
      scripted("ours", [3]),
      program("stillborn", `console.error("no driver"); process.exit(3)`),
      program(
        "dies",
        `console.log('{"ready":true,"versions":{}}'); process.stdin.on("data", () => { console.error("out of memory"); process.exit(9); })`,
      ),
    ],
    { rounds: 2, steps: 1 },
  );
  expect(measured(outcomes[0]).ms.count).toBe(2);
  expect(outcomes[1]).toMatchObject({ state: "failed", reason: "ended early (exit code 3): no driver" });
  expect(outcomes[2]).toMatchObject({
    state: "failed",
    reason: "in round 1: ended early (exit code 9): out of memory",
  });
});
