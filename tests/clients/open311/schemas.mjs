// Judges documents by the published JSON Schemas of Open311: `node schemas.mjs FOLDER`, a line `NAME JSON` for each document in, a line of
// what is wrong out; an empty one where nothing is.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const folder = process.argv[2];
// The schemas are of before `type` had to stand beside `properties`, and name each other by their files.
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
for (const name of fs.readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "swagger.json"))
  ajv.addSchema(JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")), name);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const space = line.indexOf(" ");
  const validate = ajv.getSchema(`${line.slice(0, space)}.json`);
  validate(JSON.parse(line.slice(space + 1)));
  console.log((validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`).join("; "));
}
