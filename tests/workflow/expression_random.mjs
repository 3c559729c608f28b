// Random expressions and what @bufbuild/cel makes of them, one JSON a line: {expr, roots, values, expected}, for test_expression.py.
// Lines in: a seed and a count. `expected` is a value in the driver's words, or null for an error.
//
// Left out, because the package is further from the specification there than we are: timestamp(int) (it counts milliseconds),
// string() of a fraction of a second (it pads to thousandths), the order of characters beyond the first plane (it compares UTF-16),
// a bool as the index of a list, a double as a key and int() of a duration (it takes them), a key of no kind that keys have beside `in`
// (an error there, false here and for cel-go), !! and -- (pairs cancel each other before anything looks), named zones (midnight is 24:00),
// null as the value of a key (which then is not there), numbers of texts that are none ('' is 0). Further seeds show
// the remainder of the least int by -1 (0 there, an overflow here and for cel-go) and huge negative indices.
process.env.TZ = "UTC";
const { createInterface } = await import("node:readline");
const { run, isCelError, isCelList, isCelMap, isCelType, celList, celMap } = await import("@bufbuild/cel");
const { create, isMessage } = await import("@bufbuild/protobuf");
const { DurationSchema, TimestampSchema } = await import("@bufbuild/protobuf/wkt");

let state;
function below(n) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number((state >> 33n) % BigInt(n));
}
const pick = (list) => list[below(list.length)];

// ---- Bindings -----------------------------------------------------------------------------------------------------

const time = (seconds, nanos = 0) => ({ kind: "timestamp", seconds, nanos });
const span = (seconds, nanos = 0) => ({ kind: "duration", seconds, nanos });
const bound = {
  i: ["int", 7n], j: ["int", -3n], z: ["int", 0n], big: ["int", 9223372036854775807n], d: ["double", 2.5], e: ["double", -0.1],
  s: ["string", "català"], t: ["string", "cat"], b: ["bool", true], f: ["bool", false], n: ["null", null],
  at: ["timestamp", time(1790000000n)], was: ["timestamp", time(951782400n, 5000000)], w: ["duration", span(172800n)],
  v: ["duration", span(-90n)], li: [["list", "int"], [3n, 1n, 2n]], ls: [["list", "string"], ["a", "cat", "català"]],
  m: [["map", "string", "int"], new Map([["a", 1n], ["b", 2n]])], lm: ["list", [1n, "a", 2.5, true, null]], none: [["list", "int"], []],
};

function told(value) {
  if (value === null) return { null: null };
  if (typeof value === "boolean") return { bool: value };
  if (typeof value === "bigint") return { int: `${value}` };
  if (typeof value === "number") return { double: Number.isFinite(value) ? value : `${value}` };
  if (typeof value === "string") return { string: value };
  if (value.kind === "timestamp" || value.kind === "duration") return { [value.kind]: [Number(value.seconds), value.nanos] };
  if (Array.isArray(value)) return { list: value.map(told) };
  if (value instanceof Map || isCelMap(value)) return { map: [...value.entries()].map((pair) => pair.map(told)) };
  if (isCelList(value)) return { list: [...value].map(told) };
  if (isCelType(value)) return { type: value.name.replace("google.protobuf.", "").replace(/^[TD]/, (c) => c.toLowerCase()) };
  const message = value.message ?? value;
  if (isMessage(message, TimestampSchema)) return { timestamp: [Number(message.seconds), message.nanos] };
  if (isMessage(message, DurationSchema)) {
    const nanos = message.seconds * 1000000000n + BigInt(message.nanos);
    const seconds = nanos / 1000000000n - (nanos % 1000000000n < 0n ? 1n : 0n);
    return { duration: [Number(seconds), Number(nanos - seconds * 1000000000n)] };
  }
  throw new Error(`what is ${value}?`);
}

function given(value) {
  if (Array.isArray(value)) return celList(value.map(given));
  if (value instanceof Map) return celMap(value);
  if (value?.kind === "timestamp") return create(TimestampSchema, { seconds: value.seconds, nanos: value.nanos });
  if (value?.kind === "duration") return create(DurationSchema, { seconds: value.seconds, nanos: value.nanos });
  return value;
}

const roots = Object.entries(bound).map(([name, [type]]) => [name, type]);
const values = Object.values(bound).map(([, value]) => told(value));
const bindings = Object.fromEntries(Object.entries(bound).map(([name, [, value]]) => [name, given(value)]));

// ---- Expressions by type ------------------------------------------------------------------------------------------

const scalars = ["int", "double", "string", "bool", "timestamp", "duration"];
const leaves = {
  int: ["0", "1", "2", "-1", "3", "10", "0x1f", "9223372036854775807", "-9223372036854775808", "i", "j", "z", "big"],
  double: ["0.0", "-0.0", "1.0", "2.5", "-1e3", "1e-7", "0.1", "d", "e"],
  string: ["''", "'a'", "'cat'", "\"català\"", "'l\\u00b7l'", "r'\\n'", "s", "t"],
  bool: ["true", "false", "b", "f"],
  null: ["null", "n"],
  timestamp: ["timestamp('2026-02-28T23:30:00Z')", "timestamp('2000-02-29T00:00:00+02:00')", "timestamp('9999-12-31T23:59:59Z')", "at", "was"],
  duration: ["duration('36h')", "duration('-1h30m')", "duration('0s')", "duration('1.5s')", "duration('9000000000s')", "w", "v"],
};
const parts = ["getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds"];
let depth = 0;
let variables = [];

// Once in a while another type than wanted, hidden from checkers: what an error is worth is half of the language.
const any = (type) => (below(14) === 0 ? expression(pick([...scalars, "list", "map"])) : expression(type));

const two = (type, ...operators) => `(${any(type)} ${pick(operators)} ${any(type)})`;
const call = (name, type) => `${name}(${expression(type)})`;
const zone = () => pick(["", "'+02:00'", "'-09:30'", "'00:00'"]);

function list(type) {
  const form = below(6);
  if (form < 3) return `[${Array.from({ length: below(4) }, () => any(type)).join(", ")}]`;
  if (form === 3 && type === "int") return pick(["li", "none"]);
  if (form === 3 && type === "string") return "ls";
  if (form === 4) return `(${list(type)} + ${list(type)})`;
  return pick([() => macro("filter", type, "bool"), () => macro("map", pick(scalars), type)])();
}

function macro(name, element, body) {
  const variable = `x${variables.length}`;
  const range = pick([() => list(element), () => list(element), () => (element === "string" ? map("int") : list(element))])();
  variables.push([variable, element]);
  const condition = name === "map" && below(3) === 0 ? `${any("bool")}, ` : "";
  const text = `${range}.${name}(${variable}, ${condition}${any(body)})`;
  variables.pop();
  return text;
}

function map(type) {
  if (type === "int" && below(3) === 0) return "m";
  return `{${Array.from({ length: below(3) }, () => `${pick(leaves.string)}: ${any(type)}`).join(", ")}}`;
}

function relation() {
  const type = pick(scalars);
  const items = pick([...scalars, "null"]);
  return pick([
    () => two(type, "==", "!=", "<", "<=", ">", ">="),
    () => two(items, "==", "!="),
    () => `(${list(items)} ${pick(["==", "!="])} ${list(items)})`,
    () => `(${map("int")} == ${map("int")})`,
    () => `(${any(items)} in ${list(items)})`,
    () => `(${pick(leaves.string)} in ${map("int")})`,
    () => `(dyn(${expression("int")}) ${pick(["==", "<", ">="])} ${pick(["0.0", "1.0", "2.5", "d", "e"])})`,
    () => `(type(${expression(pick(scalars))}) == ${pick(["int", "string", "bool", "double", "list", "map"])})`,
  ])();
}

const makers = {
  bool: () => pick([
    () => two("bool", "&&", "||"), () => two("bool", "&&", "||"), () => `!${two("bool", "&&", "||")}`, () => `!${relation()}`, relation, relation,
    () => macro(pick(["all", "exists", "exists_one"]), pick(scalars), "bool"),
    () => `${any("string")}.${pick(["startsWith", "endsWith", "contains"])}(${any("string")})`,
    () => `has(${map("int")}.${pick(["a", "b"])})`, () => `bool(${pick(["'true'", "'False'", "'tRue'", "'0'", "b"])})`,
  ])(),
  int: () => pick([
    () => two("int", "+", "-", "*", "/", "%"), () => two("int", "+", "-"), () => `-${two("int", "+", "*", "%")}`,
    () => `size(${pick([() => any("string"), () => list(pick(scalars)), () => map("int")])()})`,
    () => `int(${pick([() => pick(leaves.double), () => "'42'", () => "'-7'", () => pick(leaves.timestamp)])()})`,
    () => `${list("int")}[${expression("int")}]`, () => `${map("int")}[${any("string")}]`, () => `m.${pick(["a", "b", "c"])}`,
    () => `${any("timestamp")}.${pick(parts)}(${zone()})`, () => `${any("duration")}.${pick(parts.slice(6))}()`,
  ])(),
  double: () => pick([() => two("double", "+", "-", "*", "/"), () => `-${two("double", "+", "*")}`, () => `double(${pick(leaves.int)})`, () => "double('1.5e2')"])(),
  string: () => pick([() => two("string", "+"), () => two("string", "+"), () => call("string", pick(["int", "bool", "double", "string"])), () => `${list("string")}[${expression("int")}]`])(),
  timestamp: () => pick([() => `(${any("timestamp")} ${pick(["+", "-"])} ${any("duration")})`, () => `(${any("duration")} + ${any("timestamp")})`])(),
  duration: () => pick([() => two("duration", "+", "-"), () => `(${any("timestamp")} - ${any("timestamp")})`])(),
  list: () => list(pick(scalars)),
  map: () => map("int"),
};

function expression(type) {
  const known = variables.filter(([, kind]) => kind === type);
  if (known.length && below(2) === 0) return pick(known)[0];
  if (leaves[type] && (depth >= 5 || below(4) === 0 || !makers[type])) return pick(leaves[type]);
  depth++;
  const text = below(10) === 0 ? `(${any("bool")} ? ${any(type)} : ${any(type)})` : makers[type]();
  depth--;
  return text;
}

function expected(text) {
  const result = run(text, bindings);
  return isCelError(result) ? null : told(result);
}

for await (const line of createInterface({ input: process.stdin })) {
  const [seed, count] = line.split(" ").map(Number);
  state = BigInt(seed);
  for (let made = 0; made < count; ) {
    const expr = expression(pick(["bool", "bool", ...scalars, "list"]));
    if (expr.length > 500) continue;
    console.log(JSON.stringify({ expr, roots, values, expected: expected(expr) }));
    made++;
  }
}
