/**
 * What of a JSON Schema (draft 07) is understood: every keyword that constrains a value but those that fetch or name other
 * documents. A keyword that is not understood is a fault, with its place: a schema is never taken for less than it says.
 */
import { AppError } from '../errors';
import { type LinearPattern, linearPattern } from './linear-pattern';

export type JsonSchema = boolean | SchemaObject;
export type SchemaObject = Readonly<Record<string, unknown>>;

const TYPES = new Set(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']);

/** They say something of a schema and nothing of a value. */
const REMARKS = new Set([
  ...['$schema', '$comment', 'title', 'description', 'default', 'examples', 'readOnly', 'writeOnly', 'deprecated'],
]);

type Shape = (value: unknown, place: string) => string[];

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isNumber = (value: unknown): boolean => typeof value === 'number';

/** What each keyword holds; a schema within is looked at in turn. */
const KEYWORDS: Readonly<Record<string, Shape>> = {
  ...each(['type'], typesOf),
  ...each(['enum'], (value, place) => (Array.isArray(value) && value.length > 0 ? [] : [`${place} is not a list`])),
  ...each(['const'], () => []),
  ...each(['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'], (value, place) =>
    isCount(value) ? [] : [`${place} is not a whole number from 0 on`],
  ),
  ...each(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'], (value, place) =>
    isNumber(value) ? [] : [`${place} is not a number`],
  ),
  ...each(['multipleOf'], (value, place) =>
    typeof value === 'number' && value > 0 ? [] : [`${place} is not a number above 0`],
  ),
  ...each(['uniqueItems'], (value, place) => (typeof value === 'boolean' ? [] : [`${place} is not true or false`])),
  ...each(['required'], (value, place) =>
    Array.isArray(value) && value.every((name) => typeof name === 'string') ? [] : [`${place} is not a list of names`],
  ),
  ...each(['pattern'], patternFault),
  ...each(['properties', 'definitions', '$defs'], schemasOf),
  ...each(['patternProperties'], (value, place) => [
    ...(isSchemaObject(value) ? Object.keys(value) : []).flatMap((pattern) =>
      patternFault(pattern, `${place}/${pattern}`),
    ),
    ...schemasOf(value, place),
  ]),
  ...each(
    ['additionalProperties', 'additionalItems', 'propertyNames', 'contains', 'not', 'if', 'then', 'else'],
    faultsOf,
  ),
  ...each(['items'], (value, place) => (Array.isArray(value) ? listOf(value, place) : faultsOf(value, place))),
  ...each(['allOf', 'anyOf', 'oneOf'], (value, place) =>
    Array.isArray(value) && value.length > 0 ? listOf(value, place) : [`${place} is not a list of schemas`],
  ),
  ...each(['$ref'], (value, place) =>
    typeof value === 'string' && value.startsWith('#') ? [] : [`${place} does not point into this schema (#/…)`],
  ),
};

/** Everything that is wrong with a schema or not understood, with its place; empty for one that can be judged by. */
export function schemaFaults(schema: unknown): string[] {
  const faults = faultsOf(schema, '#');
  if (faults.length > 0) return faults;
  return referencesOf(schema).flatMap((reference) =>
    pointedAt(schema, reference) === undefined ? [`${reference} points at nothing`] : [],
  );
}

/** What a reference points at within its document; undefined for nothing that is a schema. */
export function pointedAt(document: unknown, reference: string): JsonSchema | undefined {
  let value: unknown = document;
  for (const part of reference.slice(1).split('/').slice(1)) {
    const key = decoded(part).replace(/~1/g, '/').replace(/~0/g, '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Object.entries(value).find(([name]) => name === key)?.[1];
  }
  return typeof value === 'boolean' || isSchemaObject(value) ? value : undefined;
}

/** True for an object that may hold keywords, or values by name. */
export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A pattern of a schema, made ready once. */
export function schemaPattern(source: string, known: Map<string, LinearPattern>): LinearPattern {
  const pattern = known.get(source) ?? linearPattern(source);
  known.set(source, pattern);
  return pattern;
}

function each(names: readonly string[], shape: Shape): Record<string, Shape> {
  return Object.fromEntries(names.map((name) => [name, shape]));
}

function faultsOf(schema: unknown, place: string): string[] {
  if (typeof schema === 'boolean') return [];
  if (!isSchemaObject(schema)) return [`${place} is not a schema`];
  // Beside a reference draft 07 looks at nothing else.
  if ('$ref' in schema) {
    const others = Object.keys(schema).filter((key) => key !== '$ref' && !REMARKS.has(key) && !isShelf(key));
    if (others.length > 0) return [`${place}: beside «$ref» nothing else counts in draft 07, here ${named(others)}`];
  }
  return Object.entries(schema).flatMap(([key, value]) => {
    if (REMARKS.has(key)) return [];
    const shape = Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined;
    return shape ? shape(value, `${place}/${key}`) : [`${place}: «${key}» is not understood here`];
  });
}

const isShelf = (key: string): boolean => key === 'definitions' || key === '$defs';

const named = (names: readonly string[]): string => names.map((name) => `«${name}»`).join(', ');

function typesOf(value: unknown, place: string): string[] {
  const types: unknown[] = Array.isArray(value) ? value : [value];
  return types
    .filter((type) => typeof type !== 'string' || !TYPES.has(type))
    .map((type) => `${place}: ${JSON.stringify(type)} is no type`);
}

function patternFault(value: unknown, place: string): string[] {
  if (typeof value !== 'string') return [`${place} is not a pattern`];
  try {
    linearPattern(value);
    return [];
  } catch (error) {
    if (error instanceof AppError) return [`${place}: ${error.message}`];
    throw error;
  }
}

function schemasOf(value: unknown, place: string): string[] {
  if (!isSchemaObject(value)) return [`${place} is not an object of schemas`];
  return Object.entries(value).flatMap(([name, schema]) => faultsOf(schema, `${place}/${name}`));
}

function listOf(schemas: readonly unknown[], place: string): string[] {
  return schemas.flatMap((schema, at) => faultsOf(schema, `${place}/${at}`));
}

function referencesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string' ? [part] : key === 'const' || key === 'enum' ? [] : referencesOf(part),
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
