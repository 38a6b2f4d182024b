import { placeNames, placeOf, type FlatObject, type FlatScene } from "./flat-scene.ts";

/**
 * What a picture shows, in at most twelve words: one shape with its place, two with theirs, three without; of more, the
 * number and the one on top. "a small red disc at the top left"; "small red disc top left, large blue ring right".
 */
export function flatCaptions({ objects }: FlatScene): string[] {
  const seen = [...objects].reverse();
  const [main] = seen;
  if (seen.length === 1) return [`a ${phrase(main)} at the ${place(main)}`, `${phrase(main)} ${place(main)}`];
  if (seen.length === 2) return [seen.map((object) => `${phrase(object)} ${place(object)}`).join(", ")];
  if (seen.length === 3) return [seen.map(phrase).join(", ")];
  return [`${phrase(main)} and ${numbers[seen.length - 1]} other shapes`];
}

const numbers = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"];
const phrase = ({ size, colour, shape }: FlatObject): string => `${size} ${colour} ${shape}`;
const place = ({ centre }: FlatObject): string => placeNames[placeOf(centre)];
