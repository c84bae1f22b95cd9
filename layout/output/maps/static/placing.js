// Where signs and names go so that none lies on another: numbers in pixels, no map, no page.

// Circles moved apart, each about as little as it takes. Points have x, y and r; gives [dx, dy].
// A guide may lead a point on: of its number, x and y it makes a step, or none.
function spread(points, rounds, guide) {
  const xs = points.map((point) => point.x), ys = points.map((point) => point.y);
  const cell = 2 * Math.max(1, ...points.map((point) => point.r));
  for (let round = 0; round < rounds; round += 1) {
    // Early on each is drawn back a little, lest the crowd drift apart more than it has to.
    if (round < rounds / 2) {
      points.forEach((point, at) => {
        xs[at] += (point.x - xs[at]) * 0.06;
        ys[at] += (point.y - ys[at]) * 0.06;
      });
    }
    const pairs = closePairs(xs, ys, cell);
    let moved = false;
    for (const [a, b] of pairs) {
      const need = points[a].r + points[b].r;
      let dx = xs[b] - xs[a], dy = ys[b] - ys[a], apart = Math.hypot(dx, dy);
      if (apart > need - 0.01) continue;
      // Points in one place leave it in directions of their own, the same every time.
      if (apart < 0.001) {
        dx = Math.cos(b * 2.4);
        dy = Math.sin(b * 2.4);
        apart = 1;
      }
      const push = (need - Math.min(apart, Math.hypot(xs[b] - xs[a], ys[b] - ys[a]))) / 2 + 0.02;
      xs[a] -= (dx / apart) * push;
      ys[a] -= (dy / apart) * push;
      xs[b] += (dx / apart) * push;
      ys[b] += (dy / apart) * push;
      moved = true;
    }
    const led = guide && round % 4 === 0 && round < rounds * 0.7 && follow(guide, xs, ys);
    if (!moved && !led) break;
  }
  return points.map((point, at) => [xs[at] - point.x, ys[at] - point.y]);
}

function follow(guide, xs, ys) {
  let led = false;
  xs.forEach((x, at) => {
    const step = guide(at, x, ys[at]);
    if (!step) return;
    xs[at] += step[0];
    ys[at] += step[1];
    led = true;
  });
  return led;
}

// Pairs of points in the same square of a grid or in squares side by side, the first one first.
function closePairs(xs, ys, cell) {
  const cells = new Map(), pairs = [];
  const key = (i, j) => i * 1048576 + j;
  for (let at = 0; at < xs.length; at += 1) {
    const i = Math.floor(xs[at] / cell), j = Math.floor(ys[at] / cell);
    for (let di = -1; di <= 1; di += 1) {
      for (let dj = -1; dj <= 1; dj += 1) {
        const others = cells.get(key(i + di, j + dj));
        if (others) for (const other of others) pairs.push([other, at]);
      }
    }
    const own = cells.get(key(i, j));
    if (own) own.push(at);
    else cells.set(key(i, j), [at]);
  }
  return pairs;
}

// Boxes put down one after another, each where it costs least: a spot has x, y (its middle) and
// cost. A box that must stand may cover boxes, and circles at its price; any other is left out (null).
// Boxes with a tie, the point that a line leads from, are placed again once all others stand.
function placeBoxes(boxes, circles, frame) {
  const placed = boxes.map(() => null);
  for (let round = 0; round < 5; round += 1) {
    boxes.forEach((box, at) => {
      if (round && !box.tie) return;
      const others = placed.map((other, place) => (place === at ? null : other));
      placed[at] = bestSpot(box, others.filter(Boolean), circles, frame);
    });
  }
  return placed;
}

function bestSpot(box, others, circles, frame) {
  let best = null;
  for (const spot of box.spots) {
    if (best && spot.cost >= best.cost) continue;
    const rect = rectOf(box, spot);
    const inside = rect[0] >= frame[0] && rect[1] >= frame[1] && rect[2] <= frame[2]
      && rect[3] <= frame[3];
    const covered = others.reduce((sum, other) => sum + common(rect, other.rect), 0);
    if (!box.must && (!inside || covered)) continue;
    let cost = spot.cost + covered * 8 + (inside ? 0 : 2000);
    if (best && cost >= best.cost) continue;
    // Circles stay where they are: they are looked for once at each spot.
    if (spot.hidden === undefined) {
      spot.hidden = circles.filter((circle) => touches(rect, circle)).length;
    }
    if (!box.must && spot.hidden) continue;
    cost += spot.hidden * (box.price || 0);
    const line = box.tie ? [box.tie, edgeOf(rect, box.tie)] : null;
    if (line && cost < (best ? best.cost : Infinity)) {
      for (const other of others) {
        if (other.line && cross(line, other.line)) cost += 150;
        if (hits(line, other.rect)) cost += 400;
        if (other.line && hits(other.line, rect)) cost += 400;
      }
    }
    if (!best || cost < best.cost) best = { x: spot.x, y: spot.y, cost, rect, line };
  }
  return best;
}

// Where a line from a point meets a box.
function edgeOf(rect, from) {
  return { x: Math.min(rect[2], Math.max(rect[0], from.x)),
    y: Math.min(rect[3], Math.max(rect[1], from.y)) };
}

function side(a, b, point) {
  return (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x);
}

function cross([a, b], [c, d]) {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

function hits(line, rect) {
  const [a, b, c, d] = [[0, 1], [2, 1], [2, 3], [0, 3]].map(([i, j]) => ({ x: rect[i], y: rect[j] }));
  return [[a, b], [b, c], [c, d], [d, a]].some((edge) => cross(line, edge));
}

function rectOf(box, spot) {
  return [spot.x - box.w / 2, spot.y - box.h / 2, spot.x + box.w / 2, spot.y + box.h / 2];
}

function common(a, b) {
  const wide = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const high = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return wide > 0 && high > 0 ? wide * high : 0;
}

function touches(rect, circle) {
  const dx = circle.x - Math.min(rect[2], Math.max(rect[0], circle.x));
  const dy = circle.y - Math.min(rect[3], Math.max(rect[1], circle.y));
  return dx * dx + dy * dy < circle.r * circle.r;
}

// Spots around a point on rings that widen, cheapest first; more may be added to each one's cost.
function spotsAround(x, y, step, rings, more) {
  const spots = [{ x, y, cost: more(x, y) }];
  for (let ring = 1; ring <= rings; ring += 1) {
    const count = 8 + 4 * ring;
    for (let turn = 0; turn < count; turn += 1) {
      const angle = (turn * 2 * Math.PI) / count;
      const px = x + ring * step * Math.cos(angle), py = y + ring * step * Math.sin(angle);
      const far = ring * step;
      spots.push({ x: px, y: py, cost: far + (far * far) / 150 + more(px, py) });
    }
  }
  return spots;
}
