// Starts contestants/in-chromium.ts: the hook of ../run.js breaks playwright-core, jiti's own `import` leaves packages alone.
import { createJiti } from "jiti";

await createJiti(import.meta.url).import("../contestants/in-chromium.ts");
