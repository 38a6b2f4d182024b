/**
 * How often each image is to be seen in an epoch where rare categories are rare: r_c = max(1, √(t / f_c)) for a category
 * in a share f_c of the images, and an image's factor is that of its rarest category. Source: LVIS (arXiv 1908.03195)
 * §B; t = 0.001 there.
 *
 * @param categories for each image its categories, without repeats
 */
export function repeatFactors(categories: readonly (readonly number[])[], threshold: number): Float64Array {
  const counts = new Map<number, number>();
  for (const image of categories) for (const one of new Set(image)) counts.set(one, (counts.get(one) ?? 0) + 1);
  const factor = (one: number): number =>
    Math.max(1, Math.sqrt((threshold * categories.length) / (counts.get(one) ?? 1)));
  return Float64Array.from(categories, (image) => Math.max(1, ...image.map(factor)));
}
