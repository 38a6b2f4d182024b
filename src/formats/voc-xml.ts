import { XMLParser } from "fast-xml-parser";
import { FoveaError } from "../errors/fovea-error.ts";
import { decodeUtf8 } from "../files/json.ts";

/** What is not set in an annotation is undefined; a number that is none is NaN. */
export interface VocObject {
  readonly name: string | undefined;
  readonly difficult: boolean;
  /** As it stands there: pixels from 1, both ends inside. */
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

export interface VocAnnotation {
  readonly filename: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly VocObject[];
}

const mostBytes = 2 ** 22;
const deepest = 32;

const parser = new XMLParser({
  processEntities: false, // nothing in an annotation needs them, and they can be bombs
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: true,
  isArray: (name) => name === "object",
});

/**
 * A Pascal VOC annotation: picture size and objects with boxes.
 *
 * @throws FoveaError `voc/xml`, naming `name`, for a document type, deep nesting, more than 4 MiB, or another document
 */
export function parseVoc(bytes: Uint8Array, name: string): VocAnnotation {
  if (bytes.length > mostBytes) throw bad(name, `${bytes.length} bytes, at most ${mostBytes} are read`);
  const text = decodeUtf8(bytes, name);
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw bad(name, "it has a document type, which is not read");
  checkDepth(text, name);
  const annotation = fieldOf(parsed(text, name), "annotation");
  if (!isNode(annotation)) throw bad(name, "it has no annotation element");
  const size = fieldOf(annotation, "size");
  const objects = fieldOf(annotation, "object");
  return {
    filename: textOf(annotation, "filename"),
    width: numberOf(size, "width"),
    height: numberOf(size, "height"),
    objects: (Array.isArray(objects) ? (objects as readonly unknown[]) : []).map(objectOf),
  };
}

function objectOf(object: unknown): VocObject {
  const box = fieldOf(object, "bndbox");
  return {
    name: textOf(object, "name"),
    difficult: textOf(object, "difficult") === "1",
    xmin: numberOf(box, "xmin"),
    ymin: numberOf(box, "ymin"),
    xmax: numberOf(box, "xmax"),
    ymax: numberOf(box, "ymax"),
  };
}

function parsed(text: string, name: string): unknown {
  try {
    return parser.parse(text, true);
  } catch (cause) {
    throw bad(name, (cause as Error).message.split("\n")[0], cause); // the parser throws Errors
  }
}

/** Before parsing, which recurses in no bounded way. */
function checkDepth(text: string, name: string): void {
  let depth = 0;
  for (const [tag] of text.matchAll(/<\/?[A-Za-z_][^<>]*>/g)) {
    if (tag.startsWith("</")) depth--;
    else if (!tag.endsWith("/>") && ++depth > deepest) throw bad(name, `elements nested more than ${deepest} deep`);
  }
}

const isNode = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const fieldOf = (node: unknown, field: string): unknown =>
  isNode(node) && Object.hasOwn(node, field) ? node[field] : undefined;

function textOf(node: unknown, field: string): string | undefined {
  const value = fieldOf(node, field);
  return typeof value === "string" && value !== "" ? value : undefined;
}

const numberOf = (node: unknown, field: string): number => Number(textOf(node, field) ?? NaN);

const bad = (name: string, what: string, cause?: unknown): FoveaError =>
  new FoveaError("voc/xml", `${name}: ${what}`, cause === undefined ? {} : { cause });
