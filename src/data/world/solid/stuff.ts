/** What is not counted: ground and what lies behind everything. */
export const stuffNames = ["sky", "hills", "grass", "sand", "pavement", "road", "water"] as const;
export type StuffName = (typeof stuffNames)[number];

export const SKY = 0;
export const HILLS = 1;
const GRASS = 2;
const SAND = 3;
const PAVEMENT = 4;
export const ROAD = 5;
const WATER = 6;

/** What the ground may be made of where there is no road and no water. */
export const groundNames = ["grass", "sand", "pavement"] as const satisfies readonly StuffName[];
/** What may lie on it. */
export const surfaceNames = ["road", "water"] as const satisfies readonly StuffName[];

export const stuffIndex = (name: StuffName): number => stuffNames.indexOf(name);

export { GRASS, PAVEMENT, SAND, WATER };
