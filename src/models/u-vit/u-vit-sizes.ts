import { unknownName } from "../../errors/unknown-name.ts";
import type { UVitOptions } from "./u-vit.ts";

const small = { width: 512, depth: 12, heads: 8 };
const deep = { ...small, depth: 16 };
const mid = { width: 768, depth: 16, heads: 12 };
const large = { width: 1024, depth: 20, heads: 16 };
const huge = { width: 1152, depth: 28, heads: 16, outputConv: "none" } as const;
const latent256 = { imageSize: 32, channels: 4, patchSize: 2 };
const latent512 = { imageSize: 64, channels: 4, patchSize: 4 };
const pixels64 = { imageSize: 64, channels: 3, patchSize: 4 };
/** 1,000 classes of ImageNet and the null label. */
const guided = { kind: "class", classes: 1001 } as const;
const text = { kind: "text", tokens: 77, dim: 768 } as const;

/** The released configurations, by the name of their file. Source: u-vit section 3.6. */
export const uVitSizes = {
  cifar10_uvit_small: { ...small, imageSize: 32, channels: 3, patchSize: 2 },
  celeba64_uvit_small: { ...small, ...pixels64 },
  imagenet64_uvit_mid: { ...mid, ...pixels64, condition: { kind: "class", classes: 1000 } },
  imagenet64_uvit_large: { ...large, ...pixels64, condition: { kind: "class", classes: 1000 } },
  imagenet256_uvit_large: { ...large, ...latent256, condition: guided },
  imagenet256_uvit_huge: { ...huge, ...latent256, condition: guided },
  imagenet512_uvit_large: { ...large, ...latent512, condition: guided },
  imagenet512_uvit_huge: { ...huge, ...latent512, condition: guided },
  mscoco_uvit_small: { ...small, ...latent256, condition: text },
  mscoco_uvit_small_deep: { ...deep, ...latent256, condition: text },
} as const satisfies Record<string, UVitOptions>;

/** Options of the released model `name`. Throws, with the nearest name, where there is none. */
export function uVitSize(name: string): UVitOptions {
  const sizes: Readonly<Record<string, UVitOptions>> = uVitSizes;
  if (Object.hasOwn(sizes, name)) return sizes[name];
  throw unknownName("models/unknown", "U-ViT", name, Object.keys(sizes));
}
