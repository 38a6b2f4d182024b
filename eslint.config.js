import tseslint from "typescript-eslint";

const durable = [
  "rename",
  "renameSync",
  "fsync",
  "fsyncSync",
  "writeFile",
  "writeFileSync",
  "copyFile",
  "copyFileSync",
];
const message = "Durable writes go through src/files (temporary name, fsync, rename).";

export default tseslint.config(
  { ignores: ["dist/**", "coverage/**", "runs/**"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/files/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: [
            { name: "node:fs", importNames: durable, message },
            { name: "node:fs/promises", importNames: durable, message },
            { name: "node:vm", message: "Nothing read is run (SECURITY.md)." },
          ],
        },
      ],
      "no-eval": "error",
      "no-new-func": "error",
    },
  },
);
