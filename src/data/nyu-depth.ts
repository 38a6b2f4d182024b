import { existsSync } from "node:fs";
import { join } from "node:path";
import { annotatedSource } from "./annotated/annotated-source.ts";
import { noSplit } from "./annotated/divide.ts";
import { foldersIn, imagesIn } from "./annotated/folder-files.ts";
import { ProblemList } from "./annotated/problem-list.ts";
import type { DataFormat } from "./data-format.ts";

const unitMetres = 0.001;

/**
 * NYU Depth v2 as Painter's tools unpack it: `sync/ROOM/rgb_N.jpg` with `sync_depth_N.png` to learn from,
 * `official_splits/test/SCENE/` of the same names held out. 16 bits, millimetres, at most 10 m.
 */
export const nyuDepth: DataFormat = {
  expected: "sync/ROOM/rgb_N.jpg with sync_depth_N.png, and official_splits/test/SCENE",
  locate: (root) =>
    [root, join(root, "nyu_depth_v2")].find(
      (folder) => existsSync(join(folder, "sync")) || existsSync(join(folder, "official_splits", "test")),
    ),
  open(root, split, { followLinks }) {
    if (split === "test") throw noSplit(split);
    const part = split === "train" ? "sync" : "official_splits/test";
    const records = foldersIn(join(root, part)).flatMap((room) =>
      imagesIn(join(root, part, room))
        .filter((name) => name.startsWith("rgb_"))
        .map((name) => {
          const image = `${part}/${room}/${name}`;
          const depth = name.replace(/^rgb_(.*)\.[^.]*$/, "sync_depth_$1.png");
          return { image, id: image, depth: `${part}/${room}/${depth}` };
        }),
    );
    return annotatedSource({
      root,
      split,
      records,
      info: { depth: { mostMetres: 10 } },
      decoding: { depthUnitMetres: unitMetres },
      problems: new ProblemList(),
      followLinks,
    });
  },
};
