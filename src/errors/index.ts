export { FoveaError, type FoveaErrorOptions } from "./fovea-error.ts";
export { showError, escapeControls } from "./show-error.ts";
export { nearest } from "./nearest.ts";
export { unknownName } from "./unknown-name.ts";
