/** Files that lie beside the page, asked for in words of ours: a browser's own are «Failed to fetch». */
import { AppError } from '../core/errors';

/** The file at `path` beneath `baseUrl`; throws `no-answer` without a network and `not-found` where it is missing. */
export async function askServer(path: string, baseUrl: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(new URL(path, baseUrl));
  } catch (cause) {
    throw new AppError(
      'no-answer',
      `${path.replace(/.*\//, '')} could not be fetched: this computer has no network, or the server is down. Nothing was ` +
        'changed. Try again when the page can be reached; files of your own open without it.',
      { cause },
    );
  }
  if (response.ok) return response;
  throw new AppError('not-found', `${path} is missing on this server (${response.status}). Reload the page.`);
}
