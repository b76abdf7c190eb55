import { type Expression, type ObjectExpression, type Property, parseExpressionAt } from "acorn";

/**
 * Reads a text as JavaScript, which knows keys without quotes, and makes of it what it says. It throws where the text is not what `parseLenientJson` ought to read: JSON whose
 * keys may be integers without quotes.
 */
export function lenientOracle(text: string): unknown {
  // JavaScript knows more blanks, and the byte order mark, than JSON does.
  const source = `(${text})`;
  const expression = parseExpressionAt(source, 0, { ecmaVersion: 2023, sourceType: "module", allowReserved: true, preserveParens: false });
  if (expression.start !== 1 || expression.end > source.length - 1) throw new SyntaxError("more than one value");
  const rest = source.slice(1, expression.start) + source.slice(expression.end, -1);
  if (!/^[ \t\r\n]*$/.test(rest)) throw new SyntaxError("something beside the value");
  return evaluated(expression, source);
}

function evaluated(node: Expression, source: string): unknown {
  const text = source.slice(node.start, node.end);
  switch (node.type) {
    case "ObjectExpression":
      return objectIn(node, source);
    case "ArrayExpression":
      return node.elements.map((element) => {
        if (!element || element.type === "SpreadElement") throw new SyntaxError("a gap");
        return evaluated(element, source);
      });
    case "Literal":
    case "UnaryExpression":
      return JSON.parse(text); // a scalar: strings, numbers and words as JSON has them
    default:
      throw new SyntaxError(`a ${node.type}`);
  }
}

function objectIn(node: ObjectExpression, source: string): unknown {
  return Object.fromEntries(
    node.properties.map((property) => {
      if (property.type !== "Property" || property.kind !== "init" || property.method || property.shorthand || property.computed) {
        throw new SyntaxError("no plain property");
      }
      return [keyIn(property, source), evaluated(property.value, source)];
    }),
  );
}

/** The digits as they stand there: JavaScript would round a large one. */
function keyIn({ key }: Property, source: string): string {
  const text = source.slice(key.start, key.end);
  return /^\d+$/.test(text) ? text : String(JSON.parse(quotedOnly(text)));
}

function quotedOnly(text: string): string {
  if (!text.startsWith('"')) throw new SyntaxError("a key that is neither a string nor an integer");
  return text;
}
