import { FoveaError } from "../../errors/fovea-error.ts";

/** A JSON object whose fields were not looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** An annotation file: the lists are there and hold objects; what stands in those is for their readers to check. */
export interface CocoJson {
  readonly images: readonly JsonObject[];
  readonly annotations: readonly JsonObject[];
  /** Empty for captions. */
  readonly categories: readonly JsonObject[];
}

/** @throws FoveaError `coco/json`, naming `name`, where the file is no COCO object */
export function parseCoco(json: unknown, name: string): CocoJson {
  if (!isObject(json)) throw bad(name, `it holds ${kindOf(json)}, not an object of images, annotations and categories`);
  return {
    images: listOf(json, "images", name),
    annotations: listOf(json, "annotations", name),
    categories: json.categories === undefined ? [] : listOf(json, "categories", name),
  };
}

function listOf(json: JsonObject, field: string, name: string): readonly JsonObject[] {
  const list = json[field];
  if (!Array.isArray(list)) throw bad(name, `${field} is ${kindOf(list)}, not a list`);
  const wrong = list.findIndex((item) => !isObject(item));
  if (wrong >= 0) throw bad(name, `${field}[${wrong}] is ${kindOf(list[wrong])}, not an object`);
  return list as readonly JsonObject[]; // each was looked at
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Numbers, all finite. */
export const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => Number.isFinite(item));

const kindOf = (value: unknown): string =>
  value === undefined ? "missing" : value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;

const bad = (name: string, what: string): FoveaError =>
  new FoveaError("coco/json", `${name}: ${what}`, { hint: "see https://cocodataset.org/#format-data" });
