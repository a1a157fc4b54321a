/**
 * Tools in chat files: what can be called (`tools`, the older `functions`), and calls (`tool_calls`, the older
 * `function_call`, Gemini's `functionCall` among the parts), all as one kind of value.
 */
import { isJsonList, type JsonObject, type JsonValue, type ToolCall } from '../text/conversation';
import { type DataRecord, findKey, isRecord } from './field-names';
import { jsonInside } from './field-paths';

/** Keys of a record under which tools stand. */
export const TOOL_KEYS = ['tools', 'functions'] as const;

export interface ReadTools {
  tools: JsonObject[];
  /** Entries that are no tool: without a name, or with parameters that are no JSON schema. */
  faults: string[];
}

/** What can be called in the chat of a record; entries that are no tool are left out and said. */
export function readTools(record: DataRecord): ReadTools {
  const tools: JsonObject[] = [];
  const faults: string[] = [];
  for (const name of TOOL_KEYS) {
    const key = findKey(record, name);
    if (key === null) continue;
    const value = record[key];
    if (value === null || value === '') continue;
    const list = Array.isArray(value) ? value : jsonInside(value);
    if (!Array.isArray(list)) {
      faults.push(`"${key}" is no list`);
      continue;
    }
    for (const [i, item] of list.entries()) {
      const tool = readTool(jsonOf(item));
      if (tool === null) faults.push(`${key} ${i + 1} is no JSON schema of a tool`);
      else tools.push(tool);
    }
  }
  return { tools, faults };
}

/** `{type: 'function', function: {name, parameters}}`, or the function alone. */
function readTool(item: JsonValue): JsonObject | null {
  if (!isObject(item)) return null;
  const wrapped = item['function'];
  const body = wrapped === undefined ? item : wrapped;
  if (!isObject(body) || typeof body['name'] !== 'string' || body['name'].trim() === '') return null;
  if (!isSchema(body['parameters'])) return null;
  return wrapped === undefined ? { type: 'function', function: body } : { type: 'function', ...item };
}

/** An object's schema, or none where nothing is given. */
function isSchema(parameters: JsonValue | undefined): boolean {
  if (parameters === undefined || parameters === null) return true;
  if (!isObject(parameters)) return false;
  const { type = 'object', properties = {}, required = [] } = parameters;
  return (
    type === 'object' && isObject(properties) && Object.values(properties).every(isPropertySchema) && isNames(required)
  );
}

function isPropertySchema(value: JsonValue): boolean {
  return typeof value === 'boolean' || isObject(value);
}

function isNames(value: JsonValue): boolean {
  return isJsonList(value) && value.every((name) => typeof name === 'string');
}

/** The calls of a message, in their order. */
export function readCalls(all: readonly DataRecord[]): ToolCall[] {
  return all.map((item) => {
    const body = get(item, ['function']);
    const call = isRecord(body) ? body : item;
    const given = get(call, ['arguments', 'args', 'parameters']);
    const read = jsonOf(isRecord(given) ? given : jsonInside(given));
    const [id, name] = [get(item, ['id']), get(call, ['name'])];
    return {
      ...(typeof id === 'string' && { id }),
      name: typeof name === 'string' ? name : '',
      arguments: isObject(read) ? read : {},
    };
  });
}

function get(record: DataRecord, names: readonly string[]): unknown {
  for (const name of names) {
    const key = findKey(record, name);
    if (key !== null) return record[key];
  }
  return undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isJsonList(value);
}

/** A copy of what JSON gave; what JSON has not is null. */
function jsonOf(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(jsonOf);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, jsonOf(own)]));
  const plain = typeof value === 'string' || typeof value === 'boolean';
  return plain || (typeof value === 'number' && Number.isFinite(value)) ? value : null;
}
