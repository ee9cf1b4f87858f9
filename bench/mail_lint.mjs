// What mail programs make of a mail's HTML: node bench/mail_lint.mjs FILE.html ...
// It must stand beside the two linters:
//     npm install --prefix DIR caniemail html-validate && cp bench/mail_lint.mjs DIR && node DIR/mail_lint.mjs OUT/*.html
// caniemail: features without support, by program (errors) and with partial support (warnings), counted by feature.
// html-validate: its standard rules, less those about style (mails need inline styles) and about case of the doctype.
import { readFileSync } from "node:fs";
import { caniemail } from "caniemail";
import { HtmlValidate } from "html-validate";

const PROGRAMS = ["gmail.*", "outlook.*", "apple-mail.*", "samsung-email.*", "thunderbird.*", "yahoo.*", "protonmail.*", "hey.*"];
const validate = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: { "no-inline-style": "off", "doctype-style": "off", "void-style": "off", "long-title": "off" },
});
let wrong = 0;
for (const file of process.argv.slice(2)) {
  const html = readFileSync(file, "utf8").replace(/data:image\/png;base64,[^"]+/g, "cid:chart@omdomme");
  const { issues } = caniemail({ clients: PROGRAMS, html });
  const counted = (found) => {
    const features = new Map();
    for (const [program, list] of found) for (const { title } of list) {
      const name = title.replace(/^`|`$/g, "");
      features.set(name, (features.get(name) ?? new Set()).add(program));
    }
    return features;
  };
  const report = await validate.validateString(html, file);
  const messages = report.results.flatMap((result) => result.messages);
  wrong += messages.length;
  console.log(`${file}: html-validate ${messages.length} problems`);
  for (const { line, ruleId, message } of messages) console.log(`  line ${line} ${ruleId}: ${message}`);
  for (const [kind, found] of Object.entries(issues))
    for (const [name, programs] of counted(found))
      console.log(`  caniemail ${kind === "errors" ? "no support" : "partly"}: ${name}: ${[...programs].sort().join(" ")}`);
}
process.exitCode = wrong ? 1 : 0;
