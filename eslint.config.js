import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import globals from "globals";
import tseslint from "typescript-eslint";

/** Who may import whom; see docs/architecture.md. */
const boundary = (files, group, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group, message }] }] },
});

export default tseslint.config(
  {
    ignores: [
      ...["node_modules/", ".cache/", ".wrangler/", "runs/", "coverage/"],
      // AssemblyScript is not TypeScript; its own compiler checks it.
      "**/assembly/",
      "**/build/",
    ],
  },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  prettier,
  {
    plugins: { "import-x": importX },
    settings: {
      "import-x/extensions": [".ts"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts"] })],
    },
    languageOptions: {
      parserOptions: {
        project: [
          "./tsconfig.json",
          "./workers/tsconfig.json",
          "./workers/api/pages/home/tsconfig.json",
          "./test/tsconfig.json",
          "./test/workers/tsconfig.json",
        ],
      },
      globals: globals["shared-node-browser"],
    },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      // An index that is in range by construction may be asserted, nothing else.
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "TSNonNullExpression:not([expression.type='MemberExpression'][expression.computed=true])",
          message: "Only an index in range by construction may be asserted: a[i]!",
        },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "no-console": "error",
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "max-lines": ["error", { max: 300, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ["eslint.config.js", "workers/api/pages/docs/**"],
    extends: [tseslint.configs.disableTypeChecked],
  },
  { files: ["scripts/**", "trainer/console/**"], rules: { "no-console": "off" } },
  { files: ["test/**"], rules: { "max-lines": "off" } },
  boundary(
    ["shared/**"],
    ["**/trainer/**", "**/workers/**", "**/scripts/**", "node:*", "*tfjs-layers*"],
    "shared/ holds only what the trainer and the Workers must agree on.",
  ),
  boundary(
    ["workers/**"],
    ["**/trainer/**", "**/scripts/**", "node:*", "*tfjs-layers*", "sharp"],
    "What runs at the edge never imports tfjs-layers, Node built-ins or the trainer.",
  ),
  boundary(
    ["trainer/**"],
    ["**/workers/**", "**/scripts/**"],
    "The trainer never imports a Worker.",
  ),
);
