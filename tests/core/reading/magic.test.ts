import { describe, expect, test } from 'vitest';
import { nameBinary } from '../../../src/core/reading/magic';
import { bytesOf } from '../import/import-text';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

describe('nameBinary', () => {
  test.each([
    ['\x89PNG\r\n\x1a\n', 'a PNG image'],
    ['%PDF-1.7\n', 'a PDF header'],
    ['\x1f\x8b\x08\x00', 'gzip inside gzip'],
    ['PK\x03\x04\x14\x00[Content_Types].xml xl/workbook.xml', 'an Excel workbook'],
    ['PK\x03\x04\x14\x00data.jsonl', 'a ZIP archive, as Excel workbooks are'],
    ['PAR1\x15\x04', 'a Parquet table'],
    ['\xff\xfe\x00\x00{\x00\x00\x00', 'text in UTF-32'],
    ['version https://git-lfs.github.com/spec/v1\noid', 'a Git LFS pointer'],
    ['<!DOCTYPE html>\n<html>', 'a web page (HTML)'],
    ['some\x00bytes', 'binary data'],
  ])('%j is told by name', (start, name) => {
    expect(nameBinary(latin1(start))?.name).toBe(name);
  });

  test.each(['{"text":"x"}', 'BZh,label\n', 'RIFF,class\nä,b', 'text,label', '\ufeff[1]', 'GIF89a', '<b>,label'])(
    '%j may be text',
    (start) => {
      expect(nameBinary(bytesOf(start))).toBeNull();
    },
  );
});
