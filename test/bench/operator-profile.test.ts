import { expect, test } from "vitest";
import { profileOf, renderProfile } from "../../bench/operator-profile.ts";

const node = (name: string, operator: string, us: number, ...shapes: number[][]) => ({
  cat: "Node",
  name: `${name}_kernel_time`,
  dur: us,
  args: { op_name: operator, input_type_shape: shapes.map((shape) => ({ float: shape })) },
});
const run = (us: number) => ({ cat: "Session", name: "model_run", dur: us });

test("sums the lower quartile of each node's runs by operator, dearest first, and by shapes", () => {
  const events = [
    ...[4000, 3000, 3000, 3000, 90_000].map((us) => node("a", "Gemm", us, [8, 4], [4, 2], [2])),
    ...[1000, 1000, 1000, 1000].map((us) => node("b", "Gemm", us, [2, 2], [2, 2])),
    ...[500, 500, 500].map((us) => node("c", "Add", us, [8, 2], [8, 2])),
    { cat: "Node", name: "a_fence_before", dur: 70_000, args: { op_name: "Gemm" } },
    ...[6000, 5000, 9000].map(run),
  ];
  const profile = profileOf("step", JSON.stringify(events));
  expect(profile).toEqual({
    title: "step",
    runs: 3,
    wallMs: 6,
    operators: [
      { what: "Gemm", ms: 4, nodes: 2 },
      { what: "Add", ms: 0.5, nodes: 1 },
    ],
    shapes: [
      { what: "Gemm [8,4] [4,2]", ms: 3, nodes: 1 },
      { what: "Gemm [2,2] [2,2]", ms: 1, nodes: 1 },
      { what: "Add [8,2] [8,2]", ms: 0.5, nodes: 1 },
    ],
  });
  const text = renderProfile(profile);
  expect(text).toContain("step: 4.5 ms in 3 nodes, lower quartile of each over 3 runs");
  expect(text).toContain("| Gemm | 2 | 4.0 | 88.9% |");
});
