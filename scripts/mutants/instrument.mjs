/**
 * Puts all faults of a file into it at once, each behind a switch: `__fault(id) ? faulty : sound`. So a file is read once
 * for all its faults, and trying one is as quick as the tests that run through it.
 */
import ts from 'typescript';

/** `faults` with their ids, as of `faultsOf`; gives the file's text with them. */
export function instrument(file, faults) {
  const byNode = new Map();
  for (const fault of faults) byNode.set(fault.node, [...(byNode.get(fault.node) ?? []), fault]);
  const source = file.text;
  const ids = faults.map(({ id }) => id);
  const span = ids.length > 0 ? [Math.min(...ids), Math.max(...ids)] : [0, 0];

  const inner = (node) => {
    let text = '';
    let at = node.getStart(file);
    node.forEachChild((child) => {
      const start = child.getStart(file);
      text += source.slice(at, start) + render(child);
      at = child.end;
    });
    return text + source.slice(at, node.end);
  };
  const render = (node) => {
    if (ts.isTypeNode(node)) return source.slice(node.getStart(file), node.end);
    const own = byNode.get(node) ?? [];
    const guarded = ts.isIterationStatement(node.parent ?? node, false) && node.parent.statement === node;
    let text = inner(node);
    if (isMemory(node)) text = `__memory(${span.join(', ')}, ${text})`;
    for (const { id, kind, text: faulty } of own) {
      text = kind === 'statement' ? `{ if (!__fault(${id})) { ${text} } }` : `(__fault(${id}) ? (${faulty}) : ${text})`;
    }
    if (own.length > 0 && ts.isShorthandPropertyAssignment(node.parent)) text = `${node.getText(file)}: ${text}`;
    // A fault must not go round for ever.
    return guarded ? `{ __turn(); ${text} }` : text;
  };
  const preamble =
    'globalThis.__fault ??= () => false; globalThis.__turn ??= () => undefined; globalThis.__memory ??= (_, __, own) => own; ';
  return preamble + source.slice(0, file.getStart(file)) + inner(file);
}

/** What a module remembers from call to call: it must not pass from one fault to the next. */
function isMemory(node) {
  if (!ts.isNewExpression(node) || (node.arguments?.length ?? 0) > 0) return false;
  const declared = ts.isVariableDeclaration(node.parent) && ts.isSourceFile(node.parent.parent.parent.parent);
  return declared && ['Map', 'Set'].includes(node.expression.getText());
}
