/**
 * Bytes of a page of a local database. SQLite stores a value next to its key while it takes less than a fourth of a
 * page, and gives a longer one pages of its own. The records of an alert and of a delivery have about 1,200 bytes:
 * with SQLite's default of 4,096 each of them takes another whole page, 10 KB an alert instead of 4.
 */
export const PAGE_BYTES = 8_192;

/**
 * An empty database with such pages, consisting of its first page. Deno creates a database with the default, and a
 * page's size cannot be changed later without rewriting everything. https://www.sqlite.org/fileformat.html
 */
export function emptyDatabase(): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  const view = new DataView(page.buffer);
  page.set(new TextEncoder().encode("SQLite format 3\0"));
  view.setUint16(16, PAGE_BYTES);
  page.set([1, 1, 0, 64, 32, 32], 18); // a rollback journal at first; no reserved bytes; the fractions that are fixed
  view.setUint32(24, 1); // changes
  view.setUint32(28, 1); // pages
  view.setUint32(44, 4); // the format of the schema
  view.setUint32(56, 1); // UTF-8
  view.setUint32(92, 1); // the number of pages is of this change
  page[100] = 0x0d; // the schema: a leaf without entries
  view.setUint16(105, PAGE_BYTES);
  return page;
}
