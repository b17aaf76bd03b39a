import { m } from '$lib/i18n';
import type { Verdict } from '$lib/logic/checkpoints';

const titles: Readonly<Record<Verdict, () => string>> = {
	same: m.verdict_same,
	consistent: m.verdict_consistent,
	shrunk: m.verdict_shrunk,
	forked: m.verdict_forked,
	unproven: m.verdict_unproven,
	unsigned: m.verdict_unsigned,
};
const texts: Readonly<Record<Verdict, () => string>> = {
	same: m.verdict_same_text,
	consistent: m.verdict_consistent_text,
	shrunk: m.verdict_shrunk_text,
	forked: m.verdict_forked_text,
	unproven: m.verdict_unproven_text,
	unsigned: m.verdict_unsigned_text,
};

export function verdictTitle(verdict: Verdict): string {
	return titles[verdict]();
}

export function verdictText(verdict: Verdict): string {
	return texts[verdict]();
}
