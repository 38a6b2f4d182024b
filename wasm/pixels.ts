// The kernels of src/data/pixels, in AssemblyScript: README.md says how they are built.
export { unstuff, decodeScan } from "./jpeg-scan";
export { spreadChroma, colourRow, greyRow } from "./jpeg-colour";
export { resampleRows, resampleColumns } from "./resample";
export { mirrorRows, lookUp } from "./whole-pixels";
