// Each line in [text, text]; each line out "same", or what the two parse to. For test_expression.py.
import { createInterface } from "node:readline";
import { parse } from "@bufbuild/cel";

// && and || have no order among themselves: a chain is one node, whatever its shape.
function chain(name, expr) {
  const call = expr.exprKind;
  if (call.case !== "callExpr" || call.value.function !== name) return [shape(expr)];
  return call.value.args.flatMap((argument) => chain(name, argument));
}

// The tree without the numbers of its nodes.
function shape(node) {
  const call = node?.exprKind?.value;
  if (node?.exprKind?.case === "callExpr" && ["_&&_", "_||_"].includes(call.function)) return [call.function, chain(call.function, node)];
  if (Array.isArray(node)) return node.map(shape);
  if (typeof node === "bigint") return `${node}n`;
  if (Object.is(node, -0)) return "-0";
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).filter(([key]) => key !== "id").map(([key, value]) => [key, shape(value)]));
}

function told(text) {
  try {
    return JSON.stringify(shape(parse(text).expr));
  } catch (error) {
    return `${error}`.slice(0, 200);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [first, second] = JSON.parse(line).map(told);
  console.log(first === second ? "same" : `${first}\t${second}`.replaceAll("\n", " "));
}
