// A picture from an id: nineteen hexagons, mirrored, in two hues. The same id
// gives the same picture everywhere, so that people notice a false one.

export interface Identicon {
	ground: string;
	cells: { points: string; fill: string }[];
}

const radius = 11.5;
const rings = 2;

function hexagon(cx: number, cy: number): string {
	return Array.from({ length: 6 }, (_, corner) => {
		const angle = (Math.PI / 3) * corner + Math.PI / 6;
		return `${(cx + radius * 0.94 * Math.cos(angle)).toFixed(1)},${(cy + radius * 0.94 * Math.sin(angle)).toFixed(1)}`;
	}).join(' ');
}

/** The picture of an id (64 hex digits, or a DID that ends in them). */
export function identicon(id: string): Identicon {
	const hex = id.slice(id.lastIndexOf(':') + 1).padEnd(64, '0');
	// The first four bytes are type and version, alike for all identities.
	const byte = (index: number) => Number.parseInt(hex.slice(8 + 2 * index, 10 + 2 * index), 16) || 0;
	const hue = Math.round((byte(0) / 256) * 360);
	const second = (hue + 90 + Math.round((byte(1) / 256) * 180)) % 360;
	const colours = [`oklch(0.58 0.12 ${hue})`, `oklch(0.72 0.12 ${second})`, `oklch(0.42 0.09 ${hue})`];
	const cells: Identicon['cells'] = [];
	let next = 2;
	for (let row = -rings; row <= rings; row += 1) {
		const columns = 2 * rings + 1 - Math.abs(row);
		const half = Math.ceil(columns / 2);
		for (let column = 0; column < half; column += 1) {
			const value = byte(next);
			next += 1;
			const fill = colours[value % 5];
			if (fill === undefined) continue; // two of five stay empty
			const offset = (column - (columns - 1) / 2) * Math.sqrt(3) * radius;
			const y = row * 1.5 * radius;
			cells.push({ points: hexagon(offset, y), fill });
			if (offset !== 0) cells.push({ points: hexagon(-offset, y), fill });
		}
	}
	return { ground: `oklch(0.92 0.035 ${hue})`, cells };
}
