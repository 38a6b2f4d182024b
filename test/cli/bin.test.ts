import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "./fovea-process.ts";

let checkout = "";

/** A checkout with one source: what `fovea` prints. */
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), "fovea-bin-"));
  for (const name of ["bin", "src/cli"]) mkdirSync(join(checkout, name), { recursive: true });
  copyFileSync(join(repository, "bin/fovea.js"), join(checkout, "bin/fovea.js"));
  symlinkSync(join(repository, "node_modules"), join(checkout, "node_modules"));
  writeFileSync(join(checkout, "package.json"), '{ "type": "module" }');
  const options = { target: "es2023", module: "nodenext", rootDir: "src", outDir: "dist", types: [], lib: ["es2023"] };
  writeFileSync(join(checkout, "tsconfig.build.json"), JSON.stringify({ compilerOptions: options, include: ["src"] }));
  writeSource("one");
});

afterAll(() => rmSync(checkout, { recursive: true }));

const source = (): string => join(checkout, "src/cli/main.ts");

const writeSource = (text: string): void =>
  writeFileSync(
    source(),
    `declare const console: { log(text: string): void };
export const main = async (): Promise<number> => (console.log(${JSON.stringify(text)}), 7);`,
  );

/** As if the last build had been before the last change, whatever the file system's clock resolves. */
const makeBuildOld = (): void => utimesSync(join(checkout, "dist/.built"), new Date(0), new Date(0));

function run(env: Record<string, string> = {}): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(checkout, "bin/fovea.js")], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { code: status, stdout, stderr };
}

test("a checkout is built before its first run and after a change, and not otherwise", () => {
  expect(run()).toMatchObject({ code: 7, stdout: "one\n", stderr: expect.stringContaining("building") as string });
  expect(run()).toEqual({ code: 7, stdout: "one\n", stderr: "" });
  writeSource("two");
  makeBuildOld();
  expect(run({ FOVEA_NO_BUILD: "1" }).stdout).toBe("one\n");
  expect(run().stdout).toBe("two\n");
});

test("a checkout that does not compile says what is wrong and exits 1", () => {
  writeFileSync(source(), "export const main = async (): Promise<number> => missing;");
  makeBuildOld();
  const { code, stderr } = run();
  expect(stderr).toMatch(/^error: the build failed:\nsrc\/cli\/main\.ts.*missing/m);
  expect(code).toBe(1);
});
