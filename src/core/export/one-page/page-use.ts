/** What a person does with a page of its own: its name, and how it is opened. */
import type { PageFacts } from './page-index';

/** The name of the file of a run of that folder's name. */
export function onePageName(folder: string, dtype: PageFacts['dtype']): string {
  return dtype === 'int8' ? `${folder}.html` : `${folder}-${dtype}.html`;
}

/** How it is opened and used, in words. */
export function onePageUse(folder: string, dtype: PageFacts['dtype']): string {
  return `Double click ${onePageName(folder, dtype)}, or drop it on a browser window. Nothing is installed, fetched or sent.
Type a text, or drop a file of texts (JSONL, CSV, one a line): the answers come back as CSV, with how sure each is.
It may be sent, put on a drive, or laid beside other pages of a web server.`;
}
