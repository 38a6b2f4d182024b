export { divide, divideEqually, hybridDivision, metaDivision, type Division } from "./division.ts";
export { hybridLogits } from "./hybrid.ts";
export { assembleModules, moduleStates, splitModules } from "./module-states.ts";
export { incubationNetwork, incubationSizes, type IncubationName } from "./sizes.ts";
