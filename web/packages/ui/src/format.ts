// Numbers, shares, evidence, times and sizes in the reader's language. Called in
// a template they follow the language as it is switched.

import { type Locale, locale } from './locale.svelte';

const microsecondsPerMillisecond = 1_000n;

/** Builds a formatter once for each language. */
function perLocale<F>(build: (tag: Locale) => F): () => F {
	const built = new Map<Locale, F>();
	return () => {
		const tag = locale.current;
		let formatter = built.get(tag);
		if (formatter === undefined) {
			formatter = build(tag);
			built.set(tag, formatter);
		}
		return formatter;
	};
}

const numbers = perLocale((tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: 3 }));
const compact = perLocale(
	(tag) => new Intl.NumberFormat(tag, { notation: 'compact', maximumFractionDigits: 1 }),
);
const percents = perLocale(
	(tag) => new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 }),
);
const signedPercents = perLocale(
	(tag) =>
		new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 2, signDisplay: 'exceptZero' }),
);
const ratios = perLocale((tag) => new Intl.NumberFormat(tag, { minimumFractionDigits: 6 }));
const units = perLocale(
	(tag) => new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 2 }),
);
const dates = perLocale((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium' }));
const dateTimes = perLocale(
	(tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' }),
);
const relatives = perLocale((tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }));

export function formatNumber(value: number | bigint): string {
	return numbers().format(value);
}

/** 12 345 → "12.3K". */
export function formatCompact(value: number | bigint): string {
	return compact().format(value);
}

/** Trust or another share in ppm as a percentage, rounded down so that nothing looks better than it is. */
export function formatTrust(ppm: number): string {
	return percents().format(Math.floor(ppm / 1_000) / 1_000);
}

/** The exact ratio with all six digits: 357142 → "0.357142". */
export function formatRatio(ppm: number): string {
	return ratios().format(ppm / 1_000_000);
}

/** A change in ppm with its sign: 12500 → "+1.25%". */
export function formatChange(ppm: number | bigint): string {
	return signedPercents().format(Number(ppm) / 1_000_000);
}

/** Evidence in micro-units: 1 500 000 → "1.5". */
export function formatEvidence(micro: bigint): string {
	return units().format(Number(micro) / 1_000_000);
}

/** Microseconds since the Unix epoch as a JavaScript date. */
export function dateOf(us: bigint): Date {
	return new Date(Number(us / microsecondsPerMillisecond));
}

export function formatDate(us: bigint): string {
	return dates().format(dateOf(us));
}

export function formatDateTime(us: bigint): string {
	return dateTimes().format(dateOf(us));
}

const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
	['year', 31_557_600],
	['month', 2_629_800],
	['week', 604_800],
	['day', 86_400],
	['hour', 3_600],
	['minute', 60],
];

/** "3 minutes ago", "in 2 days"; less than ten seconds is "now". */
export function formatRelative(us: bigint, nowMs: number): string {
	const seconds = Math.round((Number(us / microsecondsPerMillisecond) - nowMs) / 1_000);
	const distance = Math.abs(seconds);
	if (distance < 10) return relatives().format(0, 'second');
	const [unit, length] = steps.find(([, size]) => distance >= size) ?? ['second', 1];
	return relatives().format(Math.trunc(seconds / length), unit);
}

/** A duration in seconds in the two units that matter: 93 784 → "1d 2h", in a sentence "1 day 2 hours". */
export function formatDuration(seconds: number, unitDisplay: 'narrow' | 'long' = 'narrow'): string {
	const whole = Math.floor(seconds);
	const parts: [number, string][] = [
		[Math.floor(whole / 86_400), 'day'],
		[Math.floor((whole % 86_400) / 3_600), 'hour'],
		[Math.floor((whole % 3_600) / 60), 'minute'],
		[whole % 60, 'second'],
	];
	const first = parts.findIndex(([amount]) => amount > 0);
	return parts
		.slice(first < 0 ? 3 : first, first < 0 ? 4 : first + 2)
		.filter(([amount], index) => amount > 0 || index === 0)
		.map(([amount, unit]) =>
			new Intl.NumberFormat(locale.current, { style: 'unit', unit, unitDisplay }).format(amount),
		)
		.join(' ');
}

/** Bytes in binary steps: 1 536 → "1.5 KiB". */
export function formatBytes(bytes: number | bigint): string {
	const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
	let value = Number(bytes);
	let step = 0;
	while (value >= 1_024 && step < names.length - 1) {
		value /= 1_024;
		step += 1;
	}
	return `${new Intl.NumberFormat(locale.current, { maximumFractionDigits: step === 0 ? 0 : 1 }).format(value)} ${names[step]}`;
}

/** `abcdef…6789` of a long hex string or DID; what is short stays whole. */
export function shorten(text: string, head = 8, tail = 4): string {
	const start = text.lastIndexOf(':') + 1;
	const name = text.slice(start);
	// The first eight digits of an id are its type, the same for all: skip them.
	const typed = /^00[0-9a-f]{2}0001[0-9a-f]{56}$/.test(name);
	const rest = typed ? name.slice(8) : name;
	if (rest.length <= head + tail + 1) return rest;
	return `${rest.slice(0, head)}…${rest.slice(-tail)}`;
}
