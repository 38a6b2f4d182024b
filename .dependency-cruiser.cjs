/** The rooms of ARCHITECTURE.md, foundations first: a room imports only from rooms before it. */
const rooms = [
  "errors",
  "random",
  "files",
  "graph",
  "runtime",
  "nn",
  "optim",
  "formats",
  "data",
  "models",
  "metrics",
  "diffusion",
  "report",
  "train",
  "downstream",
  "systems",
  "jobs",
  "serve",
  "cli",
];
const upward = rooms.map((room, i) => ({
  name: `${room}-imports-down`,
  severity: "error",
  comment: `src/${room} may import only from the rooms listed before it in ARCHITECTURE.md`,
  from: { path: `^src/${room}/` },
  to: { path: `^src/(?:${rooms.slice(i + 1).join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...upward.filter((rule) => !rule.to.path.includes("(?:)")),
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "systems-apart",
      severity: "error",
      comment: "What two systems share moves down into models/, nn/, train/ or downstream/",
      from: { path: "^src/systems/([^/]+)/" },
      to: { path: "^src/systems/([^/]+)/", pathNot: "^src/systems/$1/" },
    },
    {
      name: "onnxruntime-in-one-room",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/runtime/" },
      to: { path: "onnxruntime-(node|web|common)" },
    },
    {
      name: "browser-rooms",
      severity: "error",
      comment: "node: modules stand only in *.node.ts files in the rooms that also build for the browser",
      from: {
        path: "^src/(errors|random|files|graph|runtime|nn|optim|formats|models|diffusion)/",
        pathNot: "\\.node\\.ts$",
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "inside-files-not-doors",
      severity: "error",
      from: { path: "^src/[^/]+/" },
      to: { path: "^src/[^/]+/index\\.ts$", pathNot: "^src/(downstream|systems)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
