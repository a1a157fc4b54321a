/**
 * The small faults that a mutation run puts into code, found on the syntax tree with the types at hand: a wrong comparison,
 * a swapped argument, a value that is not passed on, a statement left out. Texts are left alone: wording is no wiring.
 */
import ts from 'typescript';

const K = ts.SyntaxKind;

/** Operator → what stands in its place; comparisons get their boundary and their opposite. */
const OPERATORS = new Map([
  [K.LessThanToken, ['<=', '>=']],
  [K.LessThanEqualsToken, ['<', '>']],
  [K.GreaterThanToken, ['>=', '<=']],
  [K.GreaterThanEqualsToken, ['>', '<']],
  [K.EqualsEqualsEqualsToken, ['!==']],
  [K.ExclamationEqualsEqualsToken, ['===']],
  [K.AmpersandAmpersandToken, ['||']],
  [K.BarBarToken, ['&&']],
  [K.PlusToken, ['-']],
  [K.MinusToken, ['+']],
  [K.AsteriskToken, ['/']],
  [K.SlashToken, ['*']],
  [K.PercentToken, ['*']],
  [K.AsteriskAsteriskToken, ['*']],
  [K.PlusEqualsToken, ['-=']],
  [K.MinusEqualsToken, ['+=']],
  [K.AsteriskEqualsToken, ['/=']],
  [K.SlashEqualsToken, ['*=']],
]);
const COMPARISONS = new Set([
  ...[K.LessThanToken, K.LessThanEqualsToken, K.GreaterThanToken, K.GreaterThanEqualsToken],
  ...[K.EqualsEqualsEqualsToken, K.ExclamationEqualsEqualsToken],
]);
const ADDITIONS = new Set([K.PlusToken, K.PlusEqualsToken]);
const OTHER_CALL = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
  ['floor', 'ceil'],
  ['ceil', 'floor'],
  ['round', 'floor'],
]);
/** Calls that give something of the kind that they are called on. */
const LEFT_OUT = new Set(['filter', 'sort', 'reverse', 'slice', 'concat', 'trim', 'toLowerCase', 'subarray']);
/** The order of their arguments does not matter. */
const SYMMETRIC = new Set(['min', 'max', 'hypot']);

/**
 * The faults of a file: where (`start`, `end`), what stands there then (`text`), and for `statement` that it is left out.
 * In the order of the file; ids are the caller's.
 */
export function faultsOf(file, checker) {
  const found = [];
  const add = (node, text, kind = 'expression') => {
    const start = node.getStart(file);
    found.push({ node, start, end: node.end, text, kind });
  };
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (isStatement(node)) add(node, '', 'statement');
    else if (!isPartOfChain(node) && !isTarget(node)) faultsAt(node, file, checker, (text) => add(node, text));
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return found;
}

function faultsAt(node, file, checker, add) {
  const text = (of) => of.getText(file);
  const isNumber = (of) => (checker.getTypeAtLocation(of).flags & ts.TypeFlags.NumberLike) !== 0;
  if (ts.isBinaryExpression(node)) {
    const { left, right, operatorToken } = node;
    const kind = operatorToken.kind;
    const sums = !ADDITIONS.has(kind) || (isNumber(left) && isNumber(right));
    if (sums) for (const other of OPERATORS.get(kind) ?? []) add(`${text(left)} ${other} ${text(right)}`);
    if (kind === K.QuestionQuestionToken) {
      add(text(right));
      if (!isIndexed(left) && !ts.isNumericLiteral(right)) add(text(left));
    }
  } else if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === K.ExclamationToken) add(text(node.operand));
    if (node.operator === K.MinusToken && !isDemanded(node.operand)) add(text(node.operand));
    if (node.operator === K.PlusPlusToken) add(`--${text(node.operand)}`);
  } else if (ts.isPostfixUnaryExpression(node)) {
    add(`${text(node.operand)}${node.operator === K.PlusPlusToken ? '--' : '++'}`);
  } else if (ts.isNumericLiteral(node)) {
    if (isDemanded(node)) return;
    const value = Number(node.text);
    add(String(Number.isInteger(value) && Math.abs(value) < 1e6 ? value + 1 : value * 1.1));
  } else if (node.kind === K.TrueKeyword || node.kind === K.FalseKeyword) {
    add(node.kind === K.TrueKeyword ? 'false' : 'true');
  } else if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) {
    add('[]');
    const [a, b, more] = node.elements;
    if (b && !more && !ts.isSpreadElement(a) && !ts.isSpreadElement(b) && sameType(a, b, checker)) {
      add(`[${text(b)}, ${text(a)}]`);
    }
  } else if (ts.isCallExpression(node)) {
    callFaults(node, text, checker, add);
  }
  if (isCondition(node) && !isComparison(node) && !isNegation(node)) add(`!(${text(node)})`);
  if (isPassedOn(node) && isNumber(node)) add('0');
}

function callFaults(node, text, checker, add) {
  const { expression: callee, arguments: given } = node;
  if (ts.isPropertyAccessExpression(callee) && !callee.questionDotToken) {
    const name = callee.name.text;
    const object = text(callee.expression);
    const other = OTHER_CALL.get(name);
    if (other && (name.length > 3 ? true : object === 'Math') && given.length > 0) {
      add(`${object}.${other}(${given.map(text).join(', ')})`);
    }
    if (object === 'Math' && name === 'abs' && given[0]) add(text(given[0]));
    if (LEFT_OUT.has(name)) add(object);
    if (SYMMETRIC.has(name)) return;
  }
  const [a, b] = given;
  if (a && b && !ts.isSpreadElement(a) && !ts.isSpreadElement(b) && text(a) !== text(b) && sameType(a, b, checker)) {
    add(`${text(callee)}(${[b, a, ...given.slice(2)].map(text).join(', ')})`);
  }
}

function sameType(a, b, checker) {
  const nameOf = (node) => {
    const type = checker.getBaseTypeOfLiteralType(checker.getTypeAtLocation(node));
    return checker.typeToString(type);
  };
  return nameOf(a) === nameOf(b) && nameOf(a) !== 'any';
}

/** Calls, assignments and the like that stand alone; `throw`, `break`, `continue`. */
function isStatement(node) {
  if (ts.isExpressionStatement(node)) return !ts.isStringLiteral(node.expression);
  return ts.isThrowStatement(node) || ts.isBreakStatement(node) || ts.isContinueStatement(node);
}

/** Within `a?.b.c` a part does not stand for itself. */
function isPartOfChain(node) {
  const { parent } = node;
  return (node.flags & ts.NodeFlags.OptionalChain) !== 0 && 'expression' in parent && parent.expression === node;
}

/** What is assigned to is no value. */
function isTarget(node) {
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === K.EqualsToken && parent.left === at) return true;
    if ((ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.initializer === at) return true;
    if (ts.isStatement(at) || ts.isArrowFunction(at) || ts.isElementAccessExpression(parent)) return false;
  }
  return false;
}

const isComparison = (node) => ts.isBinaryExpression(node) && COMPARISONS.has(node.operatorToken.kind);
const isNegation = (node) => ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken;

function isCondition(node) {
  const { parent } = node;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) return parent.expression === node;
  return ts.isConditionalExpression(parent) && parent.condition === node;
}

/** A value in an object that is not written out there; `{ rows }` too. */
function isPassedOn(node) {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name === node && !isPattern(parent.parent);
  if (!ts.isPropertyAssignment(parent) || parent.initializer !== node) return false;
  return !ts.isNumericLiteral(node) && !ts.isPrefixUnaryExpression(node);
}

const isPattern = (literal) =>
  ts.isBinaryExpression(literal.parent) &&
  literal.parent.operatorToken.kind === K.EqualsToken &&
  literal.parent.left === literal;

/** `list[i]`, `list.at(i)`: the compiler asks for a default where none is ever taken. */
function isIndexed(node) {
  const bare = ts.isParenthesizedExpression(node) ? node.expression : node;
  if (ts.isElementAccessExpression(bare)) return true;
  return (
    ts.isCallExpression(bare) &&
    ts.isPropertyAccessExpression(bare.expression) &&
    ['at', 'shift', 'pop'].includes(bare.expression.name.text)
  );
}

/** A default that only the compiler asks for. */
function isDemanded(node) {
  const value = ts.isPrefixUnaryExpression(node.parent) ? node.parent : node;
  const { parent } = value;
  if (ts.isBindingElement(parent) && ts.isArrayBindingPattern(parent.parent)) return true;
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === K.QuestionQuestionToken &&
    parent.right === value &&
    isIndexed(parent.left)
  );
}
