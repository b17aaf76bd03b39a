// Plain arithmetic behind the charts.

export interface Point {
	/** Any number that grows to the right, e.g. milliseconds. */
	x: number;
	y: number;
}

/** Maps `from` linearly onto `to`; an empty range lands in the middle. */
export function linear(
	from: readonly [number, number],
	to: readonly [number, number],
): (value: number) => number {
	const width = from[1] - from[0];
	if (width === 0) return () => (to[0] + to[1]) / 2;
	return (value) => to[0] + ((value - from[0]) / width) * (to[1] - to[0]);
}

/** About `count` round numbers that cover `[low, high]`. */
export function ticks(low: number, high: number, count: number): number[] {
	if (!(high > low)) return [low];
	const rough = (high - low) / Math.max(1, count);
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
	const found: number[] = [];
	for (let index = Math.ceil(low / step); index * step <= high + step * 1e-9; index += 1) {
		found.push(Number((index * step).toPrecision(12)));
	}
	return found;
}

/** SVG path through the points; stepped holds each value until the next point. */
export function linePath(points: readonly Point[], stepped: boolean): string {
	return points
		.map(({ x, y }, index) => {
			const at = `${x.toFixed(1)} ${y.toFixed(1)}`;
			if (index === 0) return `M${at}`;
			return stepped ? `H${x.toFixed(1)}V${y.toFixed(1)}` : `L${at}`;
		})
		.join('');
}

/** At most `limit` points with the first and the last kept, evenly picked. */
export function thin<T>(points: readonly T[], limit: number): T[] {
	if (points.length <= limit) return [...points];
	return Array.from({ length: limit }, (_, index) => {
		const at = Math.round((index * (points.length - 1)) / (limit - 1));
		return points[at] as T;
	});
}

/** Index of the point that is nearest in x; the points ascend in x. */
export function nearest(points: readonly Point[], x: number): number {
	let low = 0;
	let high = points.length - 1;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if ((points[middle]?.x ?? 0) <= x) low = middle;
		else high = middle;
	}
	const left = points[low];
	const right = points[high];
	if (!left || !right) return low;
	return x - left.x <= right.x - x ? low : high;
}
