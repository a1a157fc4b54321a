/** Many checks over many answers, each answer judged by each check. */
import { AppError } from '../errors';
import type { CheckSpec, CheckTools, Judge } from './check';
import { checkKind } from './registry';

/** One answer and what was wanted. */
export interface JudgedText {
  answer: string;
  wanted: string;
}

/** What a check makes of answers: its words, and by answer whether it passed; null where it could not be judged. */
export interface JudgedCheck {
  spec: CheckSpec;
  title: string;
  detail: string;
  /** Why no answer was judged; null where they were. */
  fault: string | null;
  passed: (boolean | null)[];
}

/**
 * Judges all answers by all checks, in their order. A check that is not known, not well made or lacks its tool judges
 * nothing and says why.
 */
export async function judgeAnswers(
  texts: readonly JudgedText[],
  specs: readonly CheckSpec[],
  tools: CheckTools,
): Promise<JudgedCheck[]> {
  const judged: JudgedCheck[] = [];
  for (const spec of specs) {
    const kind = checkKind(spec.kind);
    const title = kind?.title ?? spec.kind;
    const judge = await judgeOf(spec, tools);
    if (kind === null || typeof judge === 'string') {
      const fault = typeof judge === 'string' ? judge : null;
      judged.push({ spec, title, detail: '', fault, passed: texts.map(() => null) });
    } else {
      const passed = texts.map(({ answer, wanted }) => judge(answer, wanted));
      judged.push({ spec, title, detail: kind.detail(spec.parameters), fault: null, passed });
    }
  }
  return judged;
}

/** What judges; or why there is nothing that could. */
async function judgeOf({ kind, parameters }: CheckSpec, tools: CheckTools): Promise<Judge | string> {
  const known = checkKind(kind);
  if (known === null) return `This page does not know the check «${kind}».`;
  const fault = known.fault(parameters);
  if (fault !== null) return fault;
  try {
    return await known.judge(parameters, tools);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}
