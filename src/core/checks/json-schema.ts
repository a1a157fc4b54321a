/** The answer is JSON of the shape that a JSON Schema asks for; the rows themselves suggest the schema. */
import { type CheckKind, type Parameters, textOf } from './check';
import { parsedJson } from './json';
import { isSchemaObject, type JsonSchema, schemaFaults, type SchemaObject } from './schema-keywords';
import { schemaMatcher, typeName } from './schema-match';
import { areEnough } from './suggesting';

/** Objects with more names than this have no shape that is worth suggesting. */
const MOST_NAMES = 30;
const MOST_SHOWN = 5;

export const jsonSchemaCheck: CheckKind = {
  id: 'json-schema',
  title: 'Fits the schema',
  what: 'The answer is JSON that fits a JSON Schema (draft 07). A keyword that is not understood is refused, never passed over.',
  fields: [
    {
      ...{ key: 'schema', label: 'JSON Schema', kind: 'text', start: '' },
      hint: '{"type": "object", "required": ["sql"], "properties": {"sql": {"type": "string"}}}',
    },
  ],
  detail: (parameters) => detailOf(schemaOf(parameters)),
  fault(parameters) {
    const text = textOf(parameters, 'schema');
    if (text.trim() === '') return 'Give a schema.';
    const schema = parsedJson(text);
    if (schema === undefined) return 'The schema is not JSON itself.';
    const [first, ...others] = schemaFaults(schema);
    if (first === undefined) return null;
    return `${first}.${others.length > 0 ? ` And ${others.length} more.` : ''}`;
  },
  judge(parameters) {
    const matches = schemaMatcher(schemaOf(parameters));
    return (answer) => {
      const value = parsedJson(answer);
      return value === undefined ? false : matches(value);
    };
  },
  suggest(answers) {
    const objects = answers.map(parsedJson).filter(isSchemaObject);
    if (!areEnough(objects.length, answers.length)) return null;
    const schema = shapeOf(objects);
    if (schema === null) return null;
    const what = 'JSON objects of this shape';
    return {
      parameters: { schema: JSON.stringify(schema, null, 2) },
      passed: objects.length,
      what,
    };
  },
};

function schemaOf(parameters: Parameters): JsonSchema {
  const schema = parsedJson(textOf(parameters, 'schema'));
  return typeof schema === 'boolean' || isSchemaObject(schema) ? schema : {};
}

/** The names and types that the objects have: names that all have are required, others are not let in. */
function shapeOf(objects: readonly SchemaObject[]): SchemaObject | null {
  const types = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const object of objects) {
    for (const [name, value] of Object.entries(object)) {
      types.set(name, (types.get(name) ?? new Set()).add(typeName(value)));
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  if (types.size === 0 || types.size > MOST_NAMES) return null;
  return {
    type: 'object',
    properties: Object.fromEntries(
      [...types].map(([name, own]) => [name, { type: own.size === 1 ? [...own][0] : [...own].sort() }]),
    ),
    required: [...counts].flatMap(([name, count]) => (count === objects.length ? [name] : [])),
    additionalProperties: false,
  };
}

/** «sql: string, limit: number» */
function detailOf(schema: JsonSchema): string {
  const properties = isSchemaObject(schema) ? schema['properties'] : undefined;
  if (!isSchemaObject(properties)) return 'a JSON Schema';
  const names = Object.entries(properties).map(([name, part]) => {
    const type = isSchemaObject(part) ? part['type'] : undefined;
    if (type === undefined) return name;
    return `${name}: ${Array.isArray(type) ? type.join(' or ') : String(type)}`;
  });
  const more = names.length > MOST_SHOWN ? `, and ${names.length - MOST_SHOWN} more` : '';
  return `${names.slice(0, MOST_SHOWN).join(', ')}${more}`;
}
