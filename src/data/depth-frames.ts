import { annotatedSource } from "./annotated/annotated-source.ts";
import { dividedByOrder } from "./annotated/divide.ts";
import { imagesIn } from "./annotated/folder-files.ts";
import { ProblemList } from "./annotated/problem-list.ts";
import type { DataFormat } from "./data-format.ts";

const colourName = /^(.+)\.color\.(?:jpe?g|png)$/;

/** 16 bits. */
const mostUnits = 65535;
const unitMetres = 0.001;

/** A recording by an RGB-D camera, as 7-Scenes: colour and depth of one name, in the order of time. */
export const depthFrames: DataFormat = {
  expected: "frame-NNNNNN.color.jpg (or .png) beside frame-NNNNNN.depth.png, 16 bits, millimetres",
  locate(root) {
    const names = new Set(imagesIn(root));
    return [...names].some((name) => names.has(depthOf(name) ?? "")) ? root : undefined;
  },
  open(root, split, spec) {
    const records = imagesIn(root).flatMap((image) => {
      const depth = depthOf(image);
      return depth === undefined ? [] : [{ image, id: image, depth }];
    });
    return annotatedSource({
      root,
      split,
      records: dividedByOrder(records, split, spec),
      info: { depth: { mostMetres: mostUnits * unitMetres } },
      decoding: { depthUnitMetres: unitMetres },
      problems: new ProblemList(),
      followLinks: spec.followLinks,
    });
  },
};

function depthOf(image: string): string | undefined {
  const match = colourName.exec(image);
  return match === null ? undefined : `${match[1]}.depth.png`;
}
