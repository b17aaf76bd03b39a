import { Dimension } from '@erynoa/protocol';

/** Most bytes of a comment. */
export const MAX_COMMENT_BYTES = 4_096;

/** Dimensions that people can attest; the other two are earned by deeds. */
export const ATTESTABLE = [
	Dimension.RELIABILITY,
	Dimension.INTEGRITY,
	Dimension.COMPETENCE,
	Dimension.PRESTIGE,
] as const;

export type DimensionKey = '1' | '2' | '3' | '4';
export type PolarityKey = 'positive' | 'negative';
export type ExpiryKey = 'never' | 'quarter' | 'year' | 'day';

const DAY_MS = 86_400_000;
const EXPIRY_DAYS = { quarter: 91, year: 365 } as const;

/** The dimension that an address names; reliability for anything else. */
export function dimensionKey(text: string | null): DimensionKey {
	return text === '2' || text === '3' || text === '4' ? text : '1';
}

/** What a label becomes while it is typed: lower case, with - for what may not stand in it. */
export function domainLabel(typed: string): string {
	return typed
		.toLowerCase()
		.normalize('NFD')
		.replace(/\p{M}/gu, '')
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-/, '')
		.slice(0, 64);
}

/** End of an attestation, µs; 0 for never, undefined when the chosen day is none or over. */
export function expiryOf(choice: ExpiryKey, day: string, nowMs: number): bigint | undefined {
	if (choice === 'never') return 0n;
	const endMs =
		choice === 'day' ? new Date(`${day}T23:59:59`).getTime() : nowMs + EXPIRY_DAYS[choice] * DAY_MS;
	return Number.isFinite(endMs) && endMs > nowMs ? BigInt(endMs) * 1_000n : undefined;
}
