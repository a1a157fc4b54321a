/** A file in memory that can be written anywhere and read back, as a file of the browser's private storage can. */
import { type ByteSource, bytesSource } from '../../src/core/formats/byte-source';
import type { PlacedSink } from '../../src/core/formats/zip-writer';

export class MemoryFile implements PlacedSink {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array();

  write(bytes: Uint8Array, at: number): void {
    if (at + bytes.length > this.bytes.length) {
      const grown = new Uint8Array(at + bytes.length);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(bytes, at);
  }

  source(): ByteSource {
    return bytesSource('file', this.bytes);
  }
}
