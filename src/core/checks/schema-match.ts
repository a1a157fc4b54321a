/**
 * Whether a value fits a JSON Schema (draft 07) of the keywords in schema-keywords.ts. Work is bounded: a schema that
 * refers to itself in a circle, or asks for too much, is not judged.
 */
import type { LinearPattern } from './linear-pattern';
import { isSchemaObject, type JsonSchema, pointedAt, type SchemaObject, schemaPattern } from './schema-keywords';

/** Schemas looked at for one value. */
const MOST_STEPS = 100_000;
const MOST_DEPTH = 200;

class OutOfSteps extends Error {}

/** Makes a schema without faults ready: true for a value that fits, null where that took too long to tell. */
export function schemaMatcher(schema: JsonSchema): (value: unknown) => boolean | null {
  const patterns = new Map<string, LinearPattern>();
  return (value) => {
    try {
      return new Match(schema, patterns).fits(schema, value, 0);
    } catch (error) {
      if (error instanceof OutOfSteps) return null;
      throw error;
    }
  };
}

class Match {
  readonly #document: JsonSchema;
  readonly #patterns: Map<string, LinearPattern>;
  #steps = 0;

  constructor(document: JsonSchema, patterns: Map<string, LinearPattern>) {
    this.#document = document;
    this.#patterns = patterns;
  }

  fits(schema: unknown, value: unknown, depth: number): boolean {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS || depth > MOST_DEPTH) throw new OutOfSteps();
    if (typeof schema === 'boolean') return schema;
    if (!isSchemaObject(schema)) return true;
    const down = (part: unknown, of: unknown = value): boolean => this.fits(part, of, depth + 1);
    if (typeof schema['$ref'] === 'string') return down(pointedAt(this.#document, schema['$ref']));
    return (
      isOfType(schema['type'], value) &&
      (schema['enum'] === undefined || listOf(schema['enum']).some((one) => isSame(one, value))) &&
      (!('const' in schema) || isSame(schema['const'], value)) &&
      combines(schema, down) &&
      (typeof value !== 'number' || numberFits(schema, value)) &&
      (typeof value !== 'string' || this.#textFits(schema, value)) &&
      (!Array.isArray(value) || itemsFit(schema, value, down)) &&
      (!isSchemaObject(value) || this.#objectFits(schema, value, down))
    );
  }

  #textFits(schema: SchemaObject, text: string): boolean {
    const length = Array.from(text).length;
    return within(schema, length, 'minLength', 'maxLength') && this.#isFound(schema['pattern'], text);
  }

  #isFound(pattern: unknown, text: string): boolean {
    if (typeof pattern !== 'string') return true;
    const found = schemaPattern(pattern, this.#patterns)(text);
    if (found === null) throw new OutOfSteps();
    return found;
  }

  #objectFits(schema: SchemaObject, value: SchemaObject, down: Down): boolean {
    const entries = Object.entries(value);
    if (!within(schema, entries.length, 'minProperties', 'maxProperties')) return false;
    if (!listOf(schema['required']).every((name) => typeof name === 'string' && Object.hasOwn(value, name)))
      return false;
    const names = schema['propertyNames'];
    const properties = objectOf(schema['properties']);
    const patterned = Object.entries(objectOf(schema['patternProperties']));
    const others = schema['additionalProperties'];
    return entries.every(([name, part]) => {
      if (names !== undefined && !down(names, name)) return false;
      const own = Object.hasOwn(properties, name) ? [properties[name]] : [];
      const found = patterned.filter(([pattern]) => this.#isFound(pattern, name)).map(([, one]) => one);
      const schemas = [...own, ...found];
      if (schemas.length === 0) return others === undefined || down(others, part);
      return schemas.every((one) => down(one, part));
    });
  }
}

type Down = (schema: unknown, value?: unknown) => boolean;

function combines(schema: SchemaObject, down: Down): boolean {
  const { allOf, anyOf, oneOf, not, if: when, then, else: otherwise } = schema;
  if (allOf !== undefined && !listOf(allOf).every((one) => down(one))) return false;
  if (anyOf !== undefined && !listOf(anyOf).some((one) => down(one))) return false;
  if (oneOf !== undefined && listOf(oneOf).filter((one) => down(one)).length !== 1) return false;
  if (not !== undefined && down(not)) return false;
  if (when === undefined) return true;
  const follows = down(when) ? then : otherwise;
  return follows === undefined || down(follows);
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === undefined) return true;
  const own = typeName(value);
  const types: unknown[] = Array.isArray(type) ? type : [type];
  return types.some((one) => one === own || (one === 'integer' && own === 'number' && Number.isInteger(value)));
}

/** The type of a JSON value. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function numberFits(schema: SchemaObject, value: number): boolean {
  if (!within(schema, value, 'minimum', 'maximum')) return false;
  const { exclusiveMinimum: above, exclusiveMaximum: below, multipleOf: step } = schema;
  if (typeof above === 'number' && value <= above) return false;
  if (typeof below === 'number' && value >= below) return false;
  if (typeof step !== 'number') return true;
  const times = value / step;
  // 0.3 is three times 0.1, whatever binary fractions say.
  return Math.abs(times - Math.round(times)) <= 1e-9 * Math.max(1, Math.abs(times));
}

function itemsFit(schema: SchemaObject, value: readonly unknown[], down: Down): boolean {
  if (!within(schema, value.length, 'minItems', 'maxItems')) return false;
  const { items, additionalItems, contains, uniqueItems } = schema;
  if (uniqueItems === true && new Set(value.map(canonical)).size < value.length) return false;
  if (contains !== undefined && !value.some((item) => down(contains, item))) return false;
  if (items === undefined) return true;
  return value.every((item, at) => {
    if (!Array.isArray(items)) return down(items, item);
    if (at < items.length) return down(items[at], item);
    return additionalItems === undefined || down(additionalItems, item);
  });
}

function within(schema: SchemaObject, value: number, least: string, most: string): boolean {
  const [low, high] = [schema[least], schema[most]];
  return !(typeof low === 'number' && value < low) && !(typeof high === 'number' && value > high);
}

function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** A value as text in which the order of an object's names does not count. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isSchemaObject(value)) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return `{${entries.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join(',')}}`;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const objectOf = (value: unknown): SchemaObject => (isSchemaObject(value) ? value : {});
