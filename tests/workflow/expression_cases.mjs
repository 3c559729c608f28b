// The cases of cel-spec, one JSON a line: {suite, path, expr, ...} as @bufbuild/cel-spec exports them, for test_expression.py.
import { tests as conformance } from "@bufbuild/cel-spec/testdata/conformance.js";
import { tests as parsing } from "@bufbuild/cel-spec/testdata/parsing.js";
import { tests as checking } from "@bufbuild/cel-spec/testdata/checking.js";

function walk(suite, node, path) {
  for (const { original, ast, type, error } of node.tests ?? []) {
    console.log(JSON.stringify({ suite, path: path.join("/"), ast, type, error, ...original }));
  }
  for (const child of node.suites ?? []) walk(suite, child, [...path, child.name]);
}

walk("conformance", conformance, []);
walk("parsing", parsing, []);
walk("checking", checking, []);
