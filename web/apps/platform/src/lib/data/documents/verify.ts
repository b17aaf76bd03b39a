// The check of a certificate: in this browser; the log of today is asked where it can be.
import {
	type CertificateCheck,
	type CertificatePresent,
	type LogKey,
	verifyCertificate,
} from '@erynoa/protocol';
import { installation } from '$lib/data/installation.svelte';
import { erynoa } from '$lib/erynoa';

export interface Checked {
	check: CertificateCheck;
	/** The log could not be asked. */
	offline: boolean;
}

async function present(document: Uint8Array, size: number): Promise<CertificatePresent> {
	const { checkpoint } = await erynoa.api.log.getCheckpoint({});
	if (checkpoint === undefined) throw new TypeError('an answer without its checkpoint');
	const proof = erynoa.api.log
		.getConsistencyProof({ fromSize: BigInt(size), toSize: checkpoint.size })
		// A log that cannot prove it does not continue: the link says so.
		.catch(() => ({ path: [] as Uint8Array[] }));
	const [{ path }, { gone }] = await Promise.all([proof, erynoa.api.documents.verifyDocument({ document })]);
	return { checkpoint: checkpoint.note, consistency: path, gone };
}

/** Checks a document, whatever it is. */
export async function check(document: Uint8Array): Promise<Checked> {
	if (installation.log === undefined) await installation.load();
	const log = installation.log;
	const trusted: LogKey | undefined = log && { origin: log.origin, publicKey: log.publicKey };
	const alone = await verifyCertificate(document, { trusted });
	const ours = alone.steps.some(({ step, outcome }) => step === 'issuer' && outcome === 'passed');
	if (!ours || alone.certificate === undefined) return { check: alone, offline: trusted === undefined };
	try {
		const now = await present(document, alone.certificate.checkpointSize);
		return { check: await verifyCertificate(document, { trusted, present: now }), offline: false };
	} catch {
		return { check: alone, offline: true };
	}
}
