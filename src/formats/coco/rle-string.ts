import { badRle, checkedRle, type Rle } from "./rle.ts";

/**
 * COCO's compressed form of the counts: from the fourth on the difference to the run two before, in groups of five bits
 * from the lowest, bit 5 set where another group follows, each group plus 48 as a letter. Source: pycocotools'
 * `rleToString`; the text is the same, letter by letter.
 */
export function rleToString({ counts }: Rle): string {
  let text = "";
  for (let run = 0; run < counts.length; run++) {
    let value = run > 2 ? counts[run] - counts[run - 2] : counts[run];
    for (let more = true; more;) {
      const group = value & 0x1f;
      value >>= 5;
      more = (group & 0x10) !== 0 ? value !== -1 : value !== 0;
      text += String.fromCharCode((more ? group | 0x20 : group) + 48);
    }
  }
  return text;
}

/** The RLE of compressed counts. @throws FoveaError `coco/rle` for other letters and runs that do not fill the mask. */
export function rleFromString(text: string, width: number, height: number): Rle {
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    let shift = 0;
    for (let more = true; more; at++, shift += 5) {
      const group = text.charCodeAt(at) - 48; // NaN past the end
      if (!(group >= 0 && group < 64)) throw badRle(`the letter ${JSON.stringify(text.charAt(at))} at ${at}`);
      if (shift > 25) throw badRle(`a run of more than 30 bits at letter ${at}`);
      more = (group & 0x20) !== 0;
      value |= (group & 0x1f) << shift;
      if (!more && (group & 0x10) !== 0) value |= -1 << (shift + 5);
    }
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
  }
  return checkedRle(width, height, counts);
}
