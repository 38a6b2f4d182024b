import { rawImage, type RawImage } from "../image.ts";
import { kernels } from "../pixels/kernels.ts";

/** Bytes of rows that the kernels are given at once: their memory is kept for good. */
const chunkBytes = 2 ** 20;

/** `image` mirrored left to right. */
export function flipHorizontally(image: RawImage): RawImage {
  const { width, height, data } = image;
  const result = rawImage(width, height);
  const stride = 3 * width;
  const most = Math.min(height, Math.max(1, Math.floor(chunkBytes / stride)));
  const machine = kernels(2 * most * stride);
  for (let y = 0; y < height; y += most) {
    const rows = Math.min(most, height - y);
    machine.bytes.set(data.subarray(y * stride, (y + rows) * stride));
    machine.mirrorRows(0, width, rows, most * stride);
    result.data.set(machine.bytes.subarray(most * stride, (most + rows) * stride), y * stride);
  }
  return result;
}
