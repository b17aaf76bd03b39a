import { dateOf, locale } from '@erynoa/ui';

/** A latency in the unit that fits: 850 → "850 µs", 12 400 → "12.4 ms". */
export function formatLatency(us: bigint | number): string {
	const value = Number(us);
	const [amount, unit] =
		value < 1_000 ? [value, 'µs'] : value < 1_000_000 ? [value / 1_000, 'ms'] : [value / 1_000_000, 's'];
	return `${new Intl.NumberFormat(locale.current, { maximumFractionDigits: amount < 100 && unit !== 'µs' ? 1 : 0 }).format(amount)} ${unit}`;
}

/** Time of day to the minute. */
export function formatClock(us: bigint): string {
	return new Intl.DateTimeFormat(locale.current, { timeStyle: 'short' }).format(dateOf(us));
}

/** A share in ppm as a percentage with one digit. */
export function formatShare(ppm: number): string {
	return new Intl.NumberFormat(locale.current, { style: 'percent', maximumFractionDigits: 1 }).format(
		ppm / 1_000_000,
	);
}

/** The method of an RPC path without its package: "/erynoa.api.v1.EventService/List" → "EventService/List". */
export function methodName(path: string): string {
	return path.replace(/^\/?erynoa\.api\.v1\./, '');
}

/** Below this four digits after the point say nothing. */
const TINY = 0.001;

/** A factor with so many digits that it can be multiplied by hand; tiny ones with their first three digits. */
export function formatFactor(value: number): string {
	const digits =
		value > 0 && value < TINY
			? { maximumSignificantDigits: 3 }
			: { minimumFractionDigits: 4, maximumFractionDigits: 4 };
	return new Intl.NumberFormat(locale.current, digits).format(value);
}

/** A number with at most so many digits after the point. */
export function formatDecimal(value: number, digits = 2): string {
	return new Intl.NumberFormat(locale.current, { maximumFractionDigits: digits }).format(value);
}
