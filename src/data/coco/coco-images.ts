import type { CocoJson, JsonObject } from "../../formats/coco/coco-json.ts";
import type { ProblemList } from "../annotated/problem-list.ts";
import type { FigureRecord, InstanceRecord, PanopticRecord, SampleRecord } from "../annotated/sample-record.ts";
import type { CocoFile } from "./coco-files.ts";

/** What is gathered about one image. */
export interface CocoImage {
  readonly fileName: string;
  readonly part: string;
  readonly width: number;
  readonly height: number;
  readonly instances: InstanceRecord[];
  readonly figures: FigureRecord[];
  readonly captions: string[];
  panoptic?: PanopticRecord;
}

/** The images of all annotation files of a split, by id. */
export class CocoImages {
  readonly #byId = new Map<number, CocoImage>();
  readonly #kinds = new Set<CocoFile["kind"]>();
  readonly #problems: ProblemList;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  addAll({ images }: CocoJson, { path, part, kind }: CocoFile): void {
    this.#kinds.add(kind);
    const here = new Set<number>();
    for (const [i, image] of images.entries()) this.#add(image, `images[${i}]`, here, path, part);
  }

  #add(image: JsonObject, where: string, here: Set<number>, path: string, part: string): void {
    const { id, file_name: fileName, width, height } = image;
    if (!Number.isSafeInteger(id)) return this.#problems.add(path, "image without a whole number as id", where);
    const number = id as number; // just looked at
    if (here.has(number)) return this.#problems.add(path, "image id that stands twice", `image ${number}`);
    here.add(number);
    const known = this.#byId.get(number);
    if (known !== undefined) {
      if (known.fileName !== fileName) {
        this.#problems.add(path, "image with another name than in another file", `image ${number}`);
      }
      return;
    }
    if (typeof fileName !== "string") return this.#problems.add(path, "image without file_name", `image ${number}`);
    if (!isSide(width) || !isSide(height)) {
      return this.#problems.add(path, "image without width and height", `image ${number}`);
    }
    this.#byId.set(number, { fileName, part, width, height, instances: [], figures: [], captions: [] });
  }

  get(id: unknown): CocoImage | undefined {
    return this.#byId.get(id as number); // another type is in no map of numbers
  }

  /** In the order of their names. `folderOf` gives the folder of the images of a part, with its slash. */
  records(folderOf: (part: string, names: readonly string[]) => string): SampleRecord[] {
    const all = [...this.#byId.values()].sort((a, b) => (a.fileName < b.fileName ? -1 : a.fileName > b.fileName ? 1 : 0)); // prettier-ignore
    const folders = new Map<string, string>();
    for (const part of new Set(all.map((image) => image.part))) {
      const names = all.filter((image) => image.part === part).map(({ fileName }) => fileName);
      folders.set(part, folderOf(part, names));
    }
    return all.map(({ fileName, part, width, height, instances, figures, captions, panoptic }) => {
      const image = `${folders.get(part) ?? ""}${fileName}`;
      return {
        image,
        id: image,
        size: [width, height] as const,
        ...(this.#kinds.has("instances") ? { instances } : {}),
        ...(this.#kinds.has("keypoints") ? { figures } : {}),
        ...(captions.length > 0 ? { captions } : {}),
        ...(panoptic === undefined ? {} : { panoptic }),
      };
    });
  }
}

const isSide = (side: unknown): side is number => Number.isInteger(side) && (side as number) >= 1;
