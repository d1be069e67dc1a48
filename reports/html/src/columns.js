// Unpacks what reports/columns.h packs: base64, gzip, zigzag numbers of 7 bits a byte.

/** @returns {Promise<Map<string, Float64Array>>} by column name */
export async function unpack(base64, directory) {
  const packed = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const columns = new Map();
  let at = 0;
  for (const [name, count, sequence] of directory) {
    const column = new Float64Array(count);
    let before = 0;
    for (let i = 0; i < count; ++i) {
      let value = 0;
      let scale = 1;
      let byte = bytes[at++];
      for (; byte >= 128; byte = bytes[at++]) {
        value += (byte - 128) * scale;
        scale *= 128;
      }
      value += byte * scale;
      value = value % 2 === 1 ? -(value + 1) / 2 : value / 2;
      column[i] = sequence ? before += value : value;
    }
    columns.set(name, column);
  }
  return columns;
}
