import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { rawImage, type RawImage } from "../../../src/data/image.ts";
import { applyTransforms } from "../../../src/data/transforms/transform.ts";
import { generator } from "../../../src/random/generator.ts";
import { squareTransforms } from "../../../src/systems/u-vit/square-transforms.ts";

function pattern(width: number, height: number): RawImage {
  const image = rawImage(width, height);
  for (let i = 0; i < image.data.length; i++) {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    image.data[i] = (x * x * 7 + y * 13 * x + c * 61 + y * y * 3) % 256;
  }
  return image;
}

/** SHA-256 of the square's bytes, 16 digits. */
function square(crop: Parameters<typeof squareTransforms>[0], image: RawImage, size: number): string {
  const { data } = applyTransforms(image, squareTransforms(crop, size), generator(0, "test"));
  expect(data).toHaveLength(3 * size * size);
  return createHash("sha256").update(data).digest("hex").slice(0, 16);
}

test.each([
  [150, 101, 16, "7dd3d8b9c3e16f32"],
  [61, 90, 32, "0e1cb82642120b32"],
  [40, 33, 16, "b6a96200638a96df"],
] as const)(
  "ADM's square of %d × %d to %d is that of guided-diffusion with Pillow, bit for bit",
  (w, h, size, sha256) => {
    expect(square("adm", pattern(w, h), size)).toBe(sha256);
  },
);

test("the squares of COCO and CelebA are Pillow's, bit for bit", () => {
  expect(square("coco", pattern(61, 90), 32)).toBe("fd5719d88e1881c9");
  expect(square("celeba", pattern(178, 218), 64)).toBe("7dbd493ce8396ad2");
});

test("an image that is no aligned CelebA image is refused", () => {
  expect(() => square("celeba", pattern(100, 218), 64)).toThrow("crop: an image of 100×218 pixels");
});
