// Reports that the log signs: made at the server, kept among the files, saved at once.
import { DocumentLanguage, type Report } from '@erynoa/proto';
import { locale } from '@erynoa/ui';
import { saveAs } from '$lib/data/files/deeds';
import { erynoa } from '$lib/erynoa';

type Of = { case: 'realm'; value: string } | { case: 'proposal'; value: string };

/** Makes a report in the reader's language and lets the browser save it. */
export async function saveReport(of: Of): Promise<Report | undefined> {
	const language = locale.current === 'de' ? DocumentLanguage.DE : DocumentLanguage.EN;
	const { report } = await erynoa.api.documents.requestReport({ of, language });
	if (report === undefined) return undefined;
	const { url } = await erynoa.api.storage.getPresignedDownloadUrl({ id: report.id, attachment: true });
	if (url) saveAs(url.url, report.name);
	return report;
}
