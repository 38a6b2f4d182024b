export { ImageModel, type Prediction } from "./image-model.ts";
