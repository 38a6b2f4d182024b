import { expect, test } from "vitest";
import { named } from "../../bench/chosen.ts";
import { networkArguments, parseNetworkRun } from "../../bench/network-run.ts";

test("--of keeps the entries whose name holds one of its words, all without words, and refuses words that no name holds", () => {
  const all = { "resnet-50": 1, "swinv2-t": 2, "vit-s": 3 };
  expect(named(all, [])).toHaveLength(3);
  expect(named(all, ["ViT", "50"])).toEqual([
    ["resnet-50", 1],
    ["vit-s", 3],
  ]);
  expect(() => named(all, ["bert"])).toThrow("--of bert: nothing's name holds that");
});

test("what a contestant is asked to do survives its command line; what is missing is named", () => {
  const run = { network: "u-net", task: "infer", batch: 2, size: 64, threads: 1 } as const;
  expect(parseNetworkRun(networkArguments(run))).toEqual(run);
  expect(() => parseNetworkRun(["network=u-net", "task=infer", "batch=2", "size=0"])).toThrow(
    "size=0: expected a whole number above zero",
  );
  expect(() => parseNetworkRun(["network=u-nett"])).toThrow("network=u-nett: expected vit-ti");
});
