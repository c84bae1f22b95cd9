// Text back to the data that it was packed from, see packed.py.
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return readPacked(new Uint8Array(await new Response(stream).arrayBuffer()));
}

function readPacked(bytes) {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  for (const [path, kind, count, width, steps] of head.columns) {
    const numbers = readNumbers(bytes, at, count, width, steps);
    at += count * width;
    const parent = path.slice(0, -1).reduce((tree, key) => tree[key], head.value);
    const key = path[path.length - 1];
    if (kind === "integers") parent[key] = numbers;
    else if (kind === "texts") parent[key] = wholeTexts(parent[key], numbers);
    else {
      const digits = Number(kind.slice("digits".length));
      parent[key] = numbers.map((value) => String(value).padStart(digits, "0"));
    }
  }
  return head.value;
}

// The lowest bytes of all values, then the next; 0 is no value.
function readNumbers(bytes, at, count, width, steps) {
  const numbers = new Array(count);
  let last = 0;
  for (let row = 0; row < count; row += 1) {
    let value = 0;
    for (let plane = width - 1; plane >= 0; plane -= 1) {
      value = value * 256 + bytes[at + plane * count + row];
    }
    if (!value) {
      numbers[row] = null;
      continue;
    }
    value -= 1;
    const signed = value % 2 ? -(value + 1) / 2 : value / 2;
    last = steps ? last + signed : signed;
    numbers[row] = last;
  }
  return numbers;
}

function wholeTexts(rests, shared) {
  let before = [];
  return rests.map((rest, row) => {
    before = before.slice(0, shared[row]).concat(Array.from(rest));
    return before.join("");
  });
}
