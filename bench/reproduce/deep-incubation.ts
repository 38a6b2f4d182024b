import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Gates 1 to 4 of deep-incubation section 9 as the study `deep-incubation/gates`: one shared meta model against several,
 * against random values and end to end. Runs lie in runs/deep-incubation-gates and are gone on with when the command is
 * given again; report.html and results.json there.
 *
 * @param args data root (default ../shared/data/cifar10), then settings of the study: `seeds=[0]`
 */
export async function deepIncubation([root = "../shared/data/cifar10", ...settings]: readonly string[]): Promise<void> {
  if (!existsSync(root)) throw new Error(`${root} is not there: give a data root`);
  const bin = fileURLToPath(new URL("../../bin/fovea.js", import.meta.url));
  const command = [bin, "sweep", "deep-incubation/gates", `data.root=${root}`, ...settings, "--yes"];
  const { status } = spawnSync(process.execPath, command, { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
