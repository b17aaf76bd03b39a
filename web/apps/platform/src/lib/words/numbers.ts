import { locale } from '@erynoa/ui';

const formatters = new Map<string, Intl.NumberFormat>();

function exactly(signed: boolean): Intl.NumberFormat {
	const key = `${locale.current} ${signed}`;
	let formatter = formatters.get(key);
	if (!formatter) {
		// Four digits after the point of a percentage are exactly one ppm.
		formatter = new Intl.NumberFormat(locale.current, {
			style: 'percent',
			minimumFractionDigits: 4,
			maximumFractionDigits: 4,
			signDisplay: signed ? 'exceptZero' : 'auto',
		});
		formatters.set(key, formatter);
	}
	return formatter;
}

/** A share in ppm with nothing rounded away: 357142 → "35.7142%". */
export function exactShare(ppm: number | bigint): string {
	return exactly(false).format(Number(ppm) / 1_000_000);
}

/** A change in ppm with its sign and nothing rounded away: 257142 → "+25.7142%". */
export function exactChange(ppm: number | bigint): string {
	return exactly(true).format(Number(ppm) / 1_000_000);
}

/** A number of days, "3 days". */
export function dayCount(days: number | bigint): string {
	return new Intl.NumberFormat(locale.current, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(
		days,
	);
}

/** Evidence in micro-units with nothing rounded away: 28_615_022 → "28.615022". */
export function exactEvidence(micro: bigint): string {
	const format = new Intl.NumberFormat(locale.current, {
		minimumFractionDigits: 1,
		maximumFractionDigits: 6,
	});
	return format.format(Number(micro) / 1_000_000);
}
