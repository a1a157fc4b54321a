/**
 * One error type for everything a person may be told about. Branch on `code`, never on the text.
 * A message says what was got, what was expected, and what to do next.
 */
export type ErrorCode =
  | 'cancelled'
  | 'file-not-text'
  | 'file-empty'
  | 'file-unreadable'
  | 'data-unusable'
  | 'model-missing'
  | 'model-damaged'
  | 'model-unsupported'
  | 'storage-full'
  | 'storage-failed'
  | 'checkpoint-damaged'
  | 'checkpoint-foreign'
  | 'no-webgpu'
  | 'no-wasm'
  | 'device-lost'
  | 'device-wrong'
  | 'out-of-memory'
  | 'gpu-error'
  | 'non-finite'
  | 'config-invalid'
  | 'plan-too-large'
  | 'export-differs'
  | 'busy'
  | 'not-found'
  | 'no-answer'
  | 'internal';

export class AppError extends Error {
  readonly code: ErrorCode;
  /** Figures and names behind the message; plain data, safe to post between threads. */
  readonly details: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, string | number> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** An error as plain data, for `postMessage` and IndexedDB. */
export interface ErrorData {
  code: ErrorCode;
  message: string;
  stack: string;
  details: Record<string, string | number>;
}

/** Turns anything thrown into data. What is not an AppError becomes `internal` and keeps its message. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof AppError) {
    return { code: error.code, message: error.message, stack: error.stack ?? '', details: { ...error.details } };
  }
  if (error instanceof Error) {
    // An AbortError too: a lost GPU throws one. Whoever takes a signal says `cancelled` itself.
    return { code: 'internal', message: error.message, stack: error.stack ?? '', details: {} };
  }
  return { code: 'internal', message: String(error), stack: '', details: {} };
}

/** Rebuilds the error on the other side of a thread boundary. */
export function fromErrorData(data: ErrorData): AppError {
  const error = new AppError(data.code, data.message, { details: data.details });
  error.stack = data.stack;
  return error;
}
