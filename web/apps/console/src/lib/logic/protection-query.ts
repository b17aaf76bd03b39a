import type { AnomalyFinding, AnomalyReport } from '@erynoa/proto';
import { isUid } from '@erynoa/protocol';

export type ProtectionView = 'reports' | 'findings' | 'judgements' | 'breakers';

/** What the protection room shows; stands in the address. */
export interface ProtectionQuery {
	view: ProtectionView;
	/** 64 hex digits; empty = all realms. */
	realm: string;
	/** Reports that are decided, too. */
	all: boolean;
}

const views: readonly string[] = ['reports', 'findings', 'judgements', 'breakers'] satisfies ProtectionView[];

/** Reads an address; anything unknown becomes the default. */
export function readProtectionQuery(params: URLSearchParams): ProtectionQuery {
	const view = params.get('view') ?? '';
	const realm = params.get('realm') ?? '';
	return {
		view: views.includes(view) ? (view as ProtectionView) : 'reports',
		realm: isUid(realm) ? realm : '',
		all: params.get('reports') === 'all',
	};
}

/** Writes an address; defaults are left out. */
export function writeProtectionQuery({ view, realm, all }: ProtectionQuery): string {
	const params = new URLSearchParams();
	if (view !== 'reports') params.set('view', view);
	if (realm !== '') params.set('realm', realm);
	if (all) params.set('reports', 'all');
	return params.toString();
}

/** Most people and events that a report can name (protocol §2). */
export const MOST_NAMED = 8;

/** The report that somebody has made of a finding: of one class, about the same people, with an event in common. */
export function reportOf(
	finding: Pick<AnomalyFinding, 'class' | 'subjects' | 'evidence'>,
	reports: readonly AnomalyReport[],
): AnomalyReport | undefined {
	const people = [...new Set(finding.subjects)].slice(0, MOST_NAMED).sort().join(' ');
	return reports.find(
		(report) =>
			report.class === finding.class &&
			[...report.subjects].sort().join(' ') === people &&
			report.evidence.some((event) => finding.evidence.includes(event)),
	);
}
