// A value that changes at instants, such as the number of running cores; its mean over a span costs a binary search,
// whatever happened in between, so a counter can be drawn at any zoom.

export class Steps {
  /** values[i] holds from times[i] to times[i + 1]; 0 before the first. */
  constructor(times, values) {
    this.times = Float64Array.from(times);
    this.values = Float64Array.from(values);
    this.area = new Float64Array(this.times.length);  // below the curve, up to times[i]
    this.most = 0;
    for (let i = 0; i < this.times.length; ++i) {
      this.most = Math.max(this.most, this.values[i]);
      if (i > 0) this.area[i] = this.area[i - 1] + this.values[i - 1] * (this.times[i] - this.times[i - 1]);
    }
  }

  /** How many of the spans [begin[i], end[i]) that `take` accepts hold at each instant. */
  static ofSpans(count, take, begin, end) {
    const starts = [];
    const ends = [];
    for (let i = 0; i < count; ++i) {
      if (!take(i)) continue;
      starts.push(begin[i]);
      ends.push(end[i]);
    }
    const up = Float64Array.from(starts).sort();
    const down = Float64Array.from(ends).sort();
    const times = [];
    const values = [];
    let value = 0;
    for (let u = 0, d = 0; d < down.length;) {
      const t = Math.min(u < up.length ? up[u] : Infinity, down[d]);
      while (u < up.length && up[u] === t) ++u, ++value;
      while (d < down.length && down[d] === t) ++d, --value;
      times.push(t);
      values.push(value);
    }
    return new Steps(times, values);
  }

  #last(t) {  // the last step at or before t, -1 when there is none
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] <= t) low = middle + 1; else high = middle;
    }
    return low - 1;
  }
  at(t) {
    const i = this.#last(t);
    return i < 0 ? 0 : this.values[i];
  }
  #integral(t) {
    const i = this.#last(t);
    return i < 0 ? 0 : this.area[i] + this.values[i] * (t - this.times[i]);
  }
  mean(from, to) { return (this.#integral(to) - this.#integral(from)) / (to - from); }
}
