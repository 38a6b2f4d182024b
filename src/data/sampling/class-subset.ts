import { FoveaError } from "../../errors/fovea-error.ts";
import { generator } from "../../random/generator.ts";

/** Labels of a set by index, as `Dataset` gives them. */
export interface Labelled {
  readonly length: number;
  readonly classNames: readonly string[];
  label(index: number): number;
}

/**
 * The first ⌈`fraction` · n⌉ of each class's n images after a seeded shuffle of the class: with one seed, every smaller
 * fraction lies inside every larger one, and classes keep their shares. Ascending. Source: data-scaling spec §4.1.
 *
 * @throws FoveaError `data/subset` for a fraction outside (0, 1]
 */
export function nestedSubset(set: Labelled, fraction: number, seed: number): Int32Array<ArrayBuffer> {
  if (!(fraction > 0 && fraction <= 1)) {
    throw new FoveaError("data/subset", `fraction ${fraction}: a number above 0, at most 1, is needed`, {
      exitCode: 2,
    });
  }
  const kept = [...imagesByClass(set)].flatMap(([label, images]) => {
    const order = generator(seed, "data/subset", label).permutation(images.length);
    const count = Math.ceil(Number((fraction * images.length).toFixed(9))); // 0.07 · 100 is 7, not 7.000000000000001
    return Array.from(order.subarray(0, count), (place) => images[place]);
  });
  return Int32Array.from(kept).sort();
}

/**
 * `count` images in which every class has its share, give or take an image: with one seed, every smaller number lies inside
 * every larger one. Of each class, in the order of its seeded shuffle, image i of n stands at (i + ½)/n, and the first
 * `count` places of all are taken. Ascending.
 *
 * @throws FoveaError `data/subset` for more images than there are
 */
export function nestedCount(set: Labelled, count: number, seed: number): Int32Array<ArrayBuffer> {
  if (!(Number.isInteger(count) && count >= 1 && count <= set.length)) {
    throw new FoveaError("data/subset", `${count} images are asked for; the set has ${set.length}`, { exitCode: 2 });
  }
  const places = [...imagesByClass(set)].flatMap(([label, images]) => {
    const order = generator(seed, "data/subset", label).permutation(images.length);
    return Array.from(order, (place, i) => ({ index: images[place], at: (i + 0.5) / images.length, label }));
  });
  places.sort((a, b) => a.at - b.at || a.label - b.label);
  return Int32Array.from(places.slice(0, count), ({ index }) => index).sort();
}

/** Only the images of the classes with these names. @throws FoveaError `data/subset` for a name that is not there */
export function classSubset(set: Labelled, names: readonly string[]): Int32Array<ArrayBuffer> {
  const wanted = names.map((name) => labelNamed(set, name));
  const all = Array.from({ length: set.length }, (_, index) => index);
  return Int32Array.from(all.filter((index) => wanted.includes(set.label(index))));
}

function labelNamed({ classNames }: Labelled, name: string): number {
  const label = classNames.indexOf(name);
  if (label !== -1) return label;
  throw new FoveaError("data/subset", `class ${name} is not in the set`, {
    hint: `its classes: ${classNames.slice(0, 20).join(", ")}`,
    exitCode: 2,
  });
}

/** Indices of each label that has any, ascending. */
export function imagesByClass(set: Labelled, indices?: ArrayLike<number>): Map<number, number[]> {
  const classes = new Map<number, number[]>();
  const count = indices?.length ?? set.length;
  for (let place = 0; place < count; place++) {
    const index = indices?.[place] ?? place;
    const label = set.label(index);
    const images = classes.get(label);
    if (images === undefined) classes.set(label, [index]);
    else images.push(index);
  }
  return classes;
}
