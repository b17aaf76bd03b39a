import { IntegrityKind } from '@erynoa/proto';
import { m } from '$lib/i18n';

/** What a scan has found, in a few words. */
export function findingName(kind: IntegrityKind): string {
	if (kind === IntegrityKind.DAMAGED) return m.scan_damaged();
	if (kind === IntegrityKind.MISSING) return m.scan_missing();
	return m.scan_orphan();
}

/** What follows from it. */
export function findingText(kind: IntegrityKind): string {
	if (kind === IntegrityKind.DAMAGED) return m.scan_damaged_text();
	if (kind === IntegrityKind.MISSING) return m.scan_missing_text();
	return m.scan_orphan_text();
}

export function findingTone(kind: IntegrityKind): 'bad' | 'accent' {
	return kind === IntegrityKind.ORPHAN ? 'accent' : 'bad';
}
