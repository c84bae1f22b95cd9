// A county's roads as a graph: the quickest ways from everywhere to one place, on foot or by bus.
let graph = null;
const searches = new Map();
const FRACTIONS = 1000;

function readyGraph(raw) {
  const { u, rank, points } = raw.edges, x = [], y = [];
  raw.nodes.x.forEach((value, node) => {
    const [east, south] = onSquare(value / 1e4, raw.nodes.y[node] / 1e4);
    x.push(east);
    y.push(south);
  });
  const v = raw.edges.v.map((step, edge) => u[edge] + step);
  const back = (mode) => raw.edges[mode + "_back"].map((more, edge) => (more === null ? Infinity
    : (raw.edges[mode][edge] || 0) + more));
  const ahead = (mode) => raw.edges[mode].map((value) => (value === null ? Infinity : value));
  let at = 0;
  const lines = u.map((from, edge) => {
    const line = [x[from], y[from]];
    let lon = raw.nodes.x[from], lat = raw.nodes.y[from];
    for (let step = 0; step < points[edge]; step += 1, at += 1) {
      lon += raw.edges.x[at];
      lat += raw.edges.y[at];
      line.push(...onSquare(lon / 1e4, lat / 1e4));
    }
    line.push(x[v[edge]], y[v[edge]]);
    return { rank: rank[edge], points: Float64Array.from(line) };
  });
  // Edges at each node, from either end.
  const beside = x.map(() => []);
  u.forEach((from, edge) => {
    beside[from].push(edge);
    if (v[edge] !== from) beside[v[edge]].push(edge);
  });
  const walk = { ahead: ahead("walk"), back: back("walk") };
  const bus = { ahead: ahead("bus"), back: back("bus") };
  walk.ends = walk;
  bus.ends = { ahead: orElse(bus.ahead, walk.ahead), back: orElse(bus.back, walk.back) };
  return { u, v, lines, beside, walk_kmh: raw.walk_kmh, wait: raw.wait,
    homes: raw.homes, places: raw.places, walk, bus };
}

// Where a way begins and ends, the metres against a one-way road are walked.
function orElse(seconds, others) {
  return seconds.map((value, edge) => (Number.isFinite(value) ? value : others[edge]));
}

function doorOf(kind, index) {
  const doors = graph[kind];
  return doors.edge[index] < 0 ? null
    : { edge: doors.edge[index], at: doors.at[index] / FRACTIONS, off: doors.off[index] };
}

// Of a closed edge nothing can be used but nothing.
function partOf(share, seconds) {
  return share > 0 ? share * seconds : 0;
}

// Seconds from every node to a place, and the edge that begins the way: +1 + edge ahead, -1 - edge
// back, 0 at the end of the way.
function searchTo(place, mode) {
  const key = mode + place;
  if (searches.has(key)) return searches.get(key);
  const door = doorOf("places", place);
  const seconds = new Float64Array(graph.beside.length).fill(Infinity);
  const taken = new Int32Array(graph.beside.length);
  const found = { place, mode, door, seconds, taken, legs: graph[mode] };
  if (door) settleAll(found);
  searches.set(key, found);
  return found;
}

function settleAll(search) {
  const { seconds, taken, legs, door } = search, { ends } = legs, heap = [];
  const reach = (node, value, edge) => {
    if (value >= seconds[node]) return;
    seconds[node] = value;
    taken[node] = edge;
    heapPush(heap, [value, node]);
  };
  reach(graph.u[door.edge], partOf(door.at, ends.ahead[door.edge]), 0);
  reach(graph.v[door.edge], partOf(1 - door.at, ends.back[door.edge]), 0);
  while (heap.length) {
    const [value, node] = heapPop(heap);
    if (value > seconds[node]) continue;
    for (const edge of graph.beside[node]) {
      if (graph.v[edge] === node) reach(graph.u[edge], value + legs.ahead[edge], 1 + edge);
      if (graph.u[edge] === node) reach(graph.v[edge], value + legs.back[edge], -1 - edge);
    }
  }
}

function heapPush(heap, entry) {
  let at = heap.length;
  heap.push(entry);
  while (at) {
    const above = (at - 1) >> 1;
    if (heap[above][0] <= entry[0]) break;
    heap[at] = heap[above];
    at = above;
  }
  heap[at] = entry;
}

function heapPop(heap) {
  const top = heap[0], last = heap.pop();
  if (!heap.length) return top;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && heap[below + 1][0] < heap[below][0]) below += 1;
    if (heap[below][0] >= last[0]) break;
    heap[at] = heap[below];
    at = below;
  }
  heap[at] = last;
  return top;
}

// The way of a settlement: seconds on roads, and the edges with the parts of them that are used.
function wayTo(search, home) {
  const door = doorOf("homes", home);
  if (!door || !search.door) return null;
  const { edge, at } = door, { seconds, taken, legs: { ends } } = search;
  const u = graph.u[edge], v = graph.v[edge];
  const byU = seconds[u] + partOf(at, ends.back[edge]);
  const byV = seconds[v] + partOf(1 - at, ends.ahead[edge]);
  let direct = Infinity;
  if (edge === search.door.edge) {
    const gap = search.door.at - at;
    direct = partOf(Math.abs(gap), gap >= 0 ? ends.ahead[edge] : ends.back[edge]);
  }
  const least = Math.min(byU, byV, direct);
  if (!Number.isFinite(least)) return null;
  if (direct <= least) return { seconds: least, door, parts: [[edge, at, search.door.at]] };
  let node = byV < byU ? v : u;
  const parts = [[edge, at, byV < byU ? 1 : 0]];
  while (taken[node]) {
    const ahead = taken[node] > 0, next = Math.abs(taken[node]) - 1;
    parts.push([next, ahead ? 0 : 1, ahead ? 1 : 0]);
    node = ahead ? graph.v[next] : graph.u[next];
  }
  const last = search.door.edge;
  // Both seeds are ends of the place's edge: the way ends at the one that was the nearer.
  const fromU = node === graph.u[last] && (node !== graph.v[last]
    || partOf(search.door.at, ends.ahead[last]) <= partOf(1 - search.door.at, ends.back[last]));
  parts.push([last, fromU ? 0 : 1, search.door.at]);
  return { seconds: least, door, parts };
}

// Minutes from door to door, in tenths; null where there is no way.
function minutesTo(search, home) {
  const way = wayTo(search, home);
  if (!way) return null;
  const off = ((way.door.off + search.door.off) * 0.06) / graph.walk_kmh;
  return (way.seconds / 60 + off + (search.mode === "bus" ? graph.wait : 0)) * TENTHS;
}

// Points of an edge from one part of it to another, on the world's square.
function alongEdge(edge, from, to) {
  const { points } = graph.lines[edge], count = points.length / 2, lengths = [0];
  for (let at = 1; at < count; at += 1) {
    lengths.push(lengths[at - 1] + Math.hypot(points[at * 2] - points[at * 2 - 2],
      points[at * 2 + 1] - points[at * 2 - 1]));
  }
  const whole = lengths[count - 1], low = Math.min(from, to) * whole, high = Math.max(from, to) * whole;
  const line = [pointAt(points, lengths, low)];
  for (let at = 0; at < count; at += 1) {
    if (lengths[at] > low && lengths[at] < high) line.push([points[at * 2], points[at * 2 + 1]]);
  }
  line.push(pointAt(points, lengths, high));
  return from <= to ? line : line.reverse();
}

function pointAt(points, lengths, distance) {
  let at = 1;
  while (at < lengths.length - 1 && lengths[at] < distance) at += 1;
  const step = lengths[at] - lengths[at - 1];
  const share = step ? (distance - lengths[at - 1]) / step : 0;
  return [points[at * 2 - 2] + share * (points[at * 2] - points[at * 2 - 2]),
    points[at * 2 - 1] + share * (points[at * 2 + 1] - points[at * 2 - 1])];
}
