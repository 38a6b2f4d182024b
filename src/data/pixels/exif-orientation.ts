const orientationTag = 0x0112;
const short = 3;

/** How a camera was held, 1 (upright) to 8, from the TIFF part of an Exif segment; undefined where it is not understood. */
export function orientationOf(tiff: Uint8Array): number | undefined {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (view.byteLength < 8) return undefined;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const little = order === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return undefined;
  const entries = view.getUint16(directory, little);
  if (directory + 2 + 12 * entries > view.byteLength) return undefined;
  for (let at = directory + 2; entries > 0 && at < directory + 2 + 12 * entries; at += 12) {
    if (view.getUint16(at, little) !== orientationTag) continue;
    return view.getUint16(at + 2, little) === short ? view.getUint16(at + 8, little) : undefined;
  }
  return 1;
}
