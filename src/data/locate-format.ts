import { statSync } from "node:fs";
import { FoveaError } from "../errors/fovea-error.ts";
import { dataFormats } from "./data-formats.ts";
import { formats, type Format } from "./dataset-spec.ts";

/** A recognised layout: the folder that its files lie in. */
export interface Located {
  readonly format: Format;
  readonly folder: string;
}

/**
 * The layout of the images below `root`, by what lies there, else an image folder. With `format` only that one is looked
 * for.
 *
 * @throws FoveaError `data/root` where there is no such folder, `data/ambiguous` where several layouts are there,
 * `data/format` where `format` is not.
 */
export function locateFormat(root: string, format?: Format): Located {
  const stat = statSync(root, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) {
    const what = stat === undefined ? "there is no such folder" : "it is a file, not a folder";
    throw new FoveaError("data/root", `data.root ${root}: ${what}`, {
      hint: "give the folder that holds the images",
      exitCode: 2,
    });
  }
  if (format === undefined) return unambiguous(root) ?? { format: "folder", folder: root };
  const folder = dataFormats[format].locate(root);
  if (folder !== undefined) return { format, folder };
  const { expected } = dataFormats[format];
  throw new FoveaError("data/format", `data.root ${root}: no ${format} files are there (${expected})`, {
    hint: "leave data.format out to have the layout recognised",
    exitCode: 2,
  });
}

function unambiguous(root: string): Located | undefined {
  const found = formats.flatMap((format) => {
    const unasked = format === "folder" || dataFormats[format].namedOnly === true;
    const folder = unasked ? undefined : dataFormats[format].locate(root);
    return folder === undefined ? [] : [{ format, folder }];
  });
  if (found.length <= 1) return found[0];
  const names = found.map(({ format }) => format).join(" and ");
  throw new FoveaError("data/ambiguous", `data.root ${root}: ${names} are both there`, {
    hint: `say which with data.format=${found[0].format}, or give a folder that holds one of them`,
    exitCode: 2,
  });
}
