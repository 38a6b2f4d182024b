/**
 * Random programs of 3 to 12 operators: values and gradients in float32 by ONNX Runtime against float64 and its central
 * differences, in both layouts of convolutions, and once more with recomputed segments. FOVEA_COMPOSITIONS: how many.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { agreement } from "./check-composition.ts";
import { compositions } from "./composition-arbitraries.ts";

/**
 * A rounding is 6·10⁻⁸, and 12 operators of up to 160 elements with their gradients make some 10⁻⁷: most of 200 programs
 * stay below 5·10⁻⁷. Differences of nearly equal numbers lose more, the worst of 200 was 1.1·10⁻⁴ (an error of 10⁻⁷ in
 * a gradient below 10⁻³). A wrong rule is wrong by 10⁻² and more.
 */
const tolerance = 5e-4;
const programs = Number(process.env["FOVEA_COMPOSITIONS"] ?? 200);

test(`${programs} random programs: values and gradients agree with float64, in both layouts and recomputed`, async () => {
  const seen = { checked: 0, faint: 0, blocked: 0 };
  await fc.assert(
    fc.asyncProperty(compositions, async (composition) => {
      const { plain, blocked, changed, faint } = await agreement(composition);
      const wrong = [...plain, ...(blocked ?? [])].filter(([, error]) => !(error < tolerance));
      expect({ wrong, changed }).toEqual({ wrong: [], changed: [] });
      seen.checked += plain.size;
      seen.faint += faint.length;
      seen.blocked += blocked === undefined ? 0 : 1;
    }),
    { seed: 2, numRuns: programs, interruptAfterTimeLimit: 110_000, markInterruptAsFailure: true },
  );
  // it says something: few values are too small for a relative error, and convolutions and pools are among them
  expect(seen.faint / seen.checked).toBeLessThan(0.15);
  expect(seen.blocked).toBeGreaterThan(programs / 10);
});
