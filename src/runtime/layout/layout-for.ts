import type { Program } from "../../graph/program.ts";
import type { Device } from "../device.ts";
import type { ResidentState } from "../resident-state.ts";
import { blockedForm } from "./blocked-form.ts";
import { blockSize } from "./block-size.ts";
import type { WeightLayout } from "./weight-layout.ts";

export type ConvLayout = "auto" | "blocked" | "plain";

/** The program in the layout that suits the device, with the layouts of its states settled. */
export async function layoutFor(
  program: Program,
  {
    device,
    state,
    convLayout,
  }: { readonly device: Device; readonly state: ResidentState | undefined; readonly convLayout: ConvLayout },
): Promise<Program> {
  if (device.name !== "cpu") return program;
  const settle = (wished: ReadonlyMap<string, WeightLayout>): Map<string, WeightLayout> => {
    const layouts = new Map<string, WeightLayout>();
    for (const name of program.states.keys()) {
      const layout = state?.settle(name, wished.get(name));
      if (layout !== undefined) layouts.set(name, layout);
    }
    return layouts;
  };
  const block = await blockSize();
  if (block === 1) return program;
  return blockedForm(program, {
    block,
    choice: { auto: "paying", blocked: "all", plain: "none" }[convLayout] as "paying" | "all" | "none",
    settle,
  });
}
