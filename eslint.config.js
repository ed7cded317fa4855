import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["nba_assets/site/www/vendor/**", ".venv/**", ".bigquery/**", ".nba*/**", "build/**"] },
  js.configs.recommended,
  {
    files: ["nba_assets/site/www/**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: { ...globals.browser, Plot: "readonly" } },
    rules: {
      eqeqeq: "error",
      "no-implicit-globals": "error",
      "no-shadow": "error",
      "no-throw-literal": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-properties": ["error", { property: "innerHTML", message: "Text from data is never parsed as HTML: make elements with dom.js." }, { property: "outerHTML", message: "Text from data is never parsed as HTML: make elements with dom.js." }],
    },
  },
  { files: ["nba_assets/site/www/theme.js"], languageOptions: { sourceType: "script" } },
];
