import { FoveaError } from "../errors/fovea-error.ts";
import { defaultLimits, type Limits } from "../files/limits.ts";
import type { Pixels } from "./png.ts";

/** Whether `start`, the first bytes of a file, are those of a Windows bitmap. */
export const isBmp = (start: Uint8Array): boolean => start[0] === 0x42 && start[1] === 0x4d;

/**
 * Decodes an uncompressed Windows bitmap of 8 bits (with palette), 24 or 32 bits a pixel to RGB; the fourth byte of 32 is
 * passed over.
 *
 * @throws FoveaError `format/bmp` for another kind, a picture beyond `limits`, and a file that ends before its pixels
 */
export function decodeBmp(bytes: Uint8Array, limits: Limits = defaultLimits): Pixels & { readonly channels: 3 } {
  if (!isBmp(bytes) || bytes.length < 54) throw broken("it does not begin with a bitmap's headers");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [pixelStart, headerBytes] = [view.getUint32(10, true), view.getUint32(14, true)];
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  const height = Math.abs(signedHeight); // negative: rows from the top
  if (headerBytes < 40 || headerBytes > 124) throw broken(`a header of ${headerBytes} bytes`);
  const side = Math.max(width, height);
  if (width < 1 || height < 1 || side > limits.imageSide || width * height > limits.imagePixels) {
    throw broken(`${width} × ${signedHeight} pixels are none, or more than is read`);
  }
  if (compression !== 0 || (bits !== 8 && bits !== 24 && bits !== 32)) {
    throw broken(`${bits} bits with compression ${compression}: only uncompressed 8, 24 and 32 bits are read`);
  }
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (pixelStart < 14 + headerBytes || pixelStart + stride * height > bytes.length) {
    throw broken(`${stride * height} bytes of pixels from byte ${pixelStart} on are not inside its ${bytes.length}`);
  }
  const palette = bits === 8 ? bytes.subarray(14 + headerBytes, pixelStart) : undefined;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = pixelStart + stride * (signedHeight < 0 ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const [from, colours] = palette === undefined ? [row + (x * bits) / 8, bytes] : [4 * bytes[row + x], palette];
      if (from + 3 > colours.length) throw broken(`pixel (${x}, ${y}) has a colour that the palette lacks`);
      for (let c = 0; c < 3; c++) data[3 * (y * width + x) + c] = colours[from + 2 - c];
    }
  }
  return { width, height, channels: 3, data };
}

const broken = (what: string) => new FoveaError("format/bmp", `BMP: ${what}`, { hint: "save the picture as PNG" });
