import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recipeArgument } from "../../src/cli/recipe-argument.ts";
import { loadRecipeFile } from "../../src/cli/recipe-file.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-recipe-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("a recipe file", () => {
  test("in YAML, JSON or TypeScript lays its values over what it extends", async () => {
    const files = [
      file("a.yaml", "extends: classify/tiny\nbatchSize: 3\nmodel:\n  depth: 2\n"),
      file("a.json", '{ "extends": "classify/tiny", "batchSize": 3, "model": { "depth": 2 } }'),
      file(
        "a.ts",
        'const batchSize: number = 3;\nexport default { extends: "classify/tiny", batchSize, model: { depth: 2 } };',
      ),
    ];
    const { recipe: base } = await recipeArgument("classify/tiny");
    for (const path of files) {
      const recipe = await loadRecipeFile(path);
      expect(recipe.method).toBe(base.method);
      expect(recipe.values).toEqual({
        ...base.values,
        batchSize: 3,
        model: { ...(base.values["model"] as object), depth: 2 },
      });
    }
  });

  test("has paths from its own folder", async () => {
    const path = file("paths.yaml", "extends: classify/tiny\ndata: { root: ./photos }\ninit: { from: /runs/a }\n");
    const { values } = await loadRecipeFile(path);
    expect(values).toMatchObject({ data: { root: join(folder, "photos") }, init: { from: "/runs/a" } });
  });

  test("names its runs after the method and itself", async () => {
    const path = file("my photos.yaml", "extends: classify/tiny\n");
    expect((await recipeArgument(path)).stem).toBe("classify-my-photos");
    expect((await recipeArgument("classify/tiny")).stem).toBe("classify-tiny");
  });

  test.each([
    ["missing.yaml", undefined, /no recipe file .*missing\.yaml/],
    ["none.yaml", "batchSize: 3", /none\.yaml: no recipe: it has no text `extends`/],
    ["chain.yaml", "extends: ./other.yaml", /extends \.\/other\.yaml: a file extends a named recipe, once/],
    ["base.yaml", "extends: clasify/tiny", /clasify\/tiny/],
    ["bad.yaml", "extends: [", /bad\.yaml: /],
    ["bad.json", "{", /bad\.json/],
    ["bad.ts", "export default {", /bad\.ts: /],
    ["thrown.ts", 'throw new Error("no luck")', /thrown\.ts: no luck/],
  ])("%s is refused with exit code 2", async (name, text, message) => {
    const path = text === undefined ? join(folder, name) : file(name, text);
    await expect(loadRecipeFile(path)).rejects.toThrow(message);
    await expect(loadRecipeFile(path)).rejects.toMatchObject({ exitCode: 2 });
  });
});
