import type { ByteSource } from "../../files/byte-source.ts";
import { defaultLimits, type Limits } from "../../files/limits.ts";
import { elementCount } from "../strided-bytes.ts";
import { fitsRefusal } from "./fits-error.ts";
import { FITS_BLOCK, type FitsHeader, readHeader } from "./fits-header.ts";

/** What a unit's data are: `empty` has none, `groups` are the random groups of radio astronomy. */
export type FitsUnitKind = "empty" | "image" | "table" | "ascii-table" | "groups" | "compressed" | "other";

/** A header and its data unit. */
export interface FitsUnit {
  readonly index: number;
  readonly kind: FitsUnitKind;
  /** EXTNAME, or nothing. */
  readonly name: string;
  readonly header: FitsHeader;
  readonly source: ByteSource;
  readonly headerStart: number;
  readonly dataStart: number;
  /** Without the padding. */
  readonly dataBytes: number;
}

export const isFits = (start: Uint8Array): boolean =>
  new TextDecoder("latin1").decode(start.subarray(0, 10)) === "SIMPLE  = ";

/**
 * Opens a FITS file (standard 4.0, 2018): all headers are read, data when they are asked for (`readFitsImage`,
 * `openFitsTable`). Each data unit lies inside the file; nothing but zeros or blanks may follow the last one.
 *
 * @throws FoveaError `fits/...` naming file, unit and keyword
 */
export function openFits(source: ByteSource, limits: Limits = defaultLimits): readonly FitsUnit[] {
  if (source.size < FITS_BLOCK || !isFits(source.read(0, 10)))
    throw fitsRefusal("header", source.name, "it does not begin with SIMPLE as a FITS file does");
  const units: FitsUnit[] = [];
  for (let at = 0; at < source.size;) {
    if (units.length > 0 && onlyPadding(source, at)) break;
    if (units.length >= limits.fitsUnits)
      throw fitsRefusal("limit", source.name, `more than ${limits.fitsUnits} units`);
    const unit = readUnit(source, at, units.length, limits);
    units.push(unit);
    at = unit.dataStart + Math.ceil(unit.dataBytes / FITS_BLOCK) * FITS_BLOCK;
  }
  return units;
}

function readUnit(source: ByteSource, start: number, index: number, limits: Limits): FitsUnit {
  const label = `${source.name}: unit ${index}`;
  if (index > 0) checkExtension(source, start, label);
  const { header, end } = readHeader(source, start, label, limits);
  const dataBytes = dataLength(header, index);
  if (dataBytes > source.size - end) {
    throw fitsRefusal(
      "length",
      label,
      `its data need ${dataBytes} bytes after byte ${end}, there are ${source.size - end}`,
    );
  }
  const common = { index, header, source, headerStart: start, dataStart: end, dataBytes };
  return { ...common, kind: kindOf(header, index), name: header.text("EXTNAME") ?? "" };
}

function checkExtension(source: ByteSource, at: number, label: string): void {
  const start = new TextDecoder("latin1").decode(source.read(at, Math.min(10, source.size - at)));
  if (start === "XTENSION= ") return;
  throw fitsRefusal("trailing", label, `at byte ${at} an extension should begin, there is ${JSON.stringify(start)}`);
}

/** A writer may have filled up a tape record; the standard calls anything else a special record, which nobody knows. */
function onlyPadding(source: ByteSource, at: number): boolean {
  const piece = FITS_BLOCK * 64;
  for (; at < source.size; at += piece) {
    const bytes = source.read(at, Math.min(piece, source.size - at));
    if (bytes.some((byte) => byte !== 0 && byte !== 0x20)) return false;
  }
  return true;
}

const BITPIX = [8, 16, 32, 64, -32, -64];

/** |BITPIX|/8 · GCOUNT · (PCOUNT + NAXIS1 · … · NAXISn), checked at each factor; 0 without axes. */
function dataLength(header: FitsHeader, index: number): number {
  const bitpix = header.number("BITPIX");
  if (bitpix === undefined || !BITPIX.includes(bitpix))
    throw fitsRefusal(
      "header",
      header.label,
      `BITPIX is ${String(header.get("BITPIX"))}, expected one of ${BITPIX.join(", ")}`,
    );
  const axes = axisLengths(header);
  if (axes.length === 0) return 0;
  const groups = isGroups(header);
  const plain = index === 0 && !groups; // there the two keywords mean nothing
  const [pcount, gcount] = plain ? [0, 1] : [header.count("PCOUNT", 0), header.count("GCOUNT", 1)];
  const elements = elementCount(groups ? axes.slice(1) : axes);
  const bytes = elements === undefined ? undefined : elementCount([pcount + elements, gcount, Math.abs(bitpix) / 8]);
  if (bytes === undefined)
    throw fitsRefusal("length", header.label, `axes [${axes.join(", ")}] have more bytes than can be counted`);
  return bytes;
}

/** NAXIS1 to NAXISn: the first varies fastest. */
export function axisLengths(header: FitsHeader): number[] {
  const count = header.count("NAXIS");
  if (count > 999) throw fitsRefusal("header", header.label, `NAXIS is ${count}, at most 999 is allowed`);
  return Array.from({ length: count }, (_, axis) => header.count(`NAXIS${axis + 1}`));
}

const isGroups = (header: FitsHeader): boolean => header.get("GROUPS") === true && header.get("NAXIS1") === 0;

function kindOf(header: FitsHeader, index: number): FitsUnitKind {
  const axes = header.count("NAXIS");
  if (index === 0) return axes === 0 ? "empty" : isGroups(header) ? "groups" : "image";
  switch (header.text("XTENSION")?.trim()) {
    case "IMAGE":
    case "IUEIMAGE":
      return axes === 0 ? "empty" : "image";
    case "BINTABLE":
    case "A3DTABLE":
      return header.get("ZIMAGE") === true || header.get("ZTABLE") === true ? "compressed" : "table";
    case "TABLE":
      return "ascii-table";
    default:
      return "other";
  }
}
