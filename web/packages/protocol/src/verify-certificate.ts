// The check of a certificate, step by step; the same as crates/documents/src/verify.rs, held together by
// proto/testdata/certificates.json.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { Dimension, Polarity, TrustClass, TrustContext, TrustRecordSchema } from '@erynoa/proto';
import { equalBytes, fromBase64, toHex } from './bytes';
import {
	type Certificate,
	type CertifiedEvidence,
	DOCUMENT_MOST_BYTES,
	isSignedCredential,
	type LogProof,
	type ReadCredential,
	type ReadReport,
	readCredential,
	readReport,
	shownComment,
	verificationHash,
} from './certificate';
import { isPdf, isSealedPdf, pdfAttachment } from './certificate-pdf';
import { type LogKey, type ParsedCheckpoint, verifyCheckpoint } from './checkpoint';
import { type Did, parseDid } from './did';
import { type VerifiedEvent, verifyEvent } from './event';
import { leafHash, verifyConsistency, verifyInclusion } from './merkle';
import { ProtocolError } from './problem';
import {
	confidence,
	dayOf,
	decayedEvidence,
	evidenceTrust,
	FOUNDER_PRIOR,
	hasVoice,
	lambdaOf,
	norm,
	PRIOR,
	trustClass,
} from './trust';
import { uidFromBytes } from './uid';

/** One link of the chain, in the order in which they are checked. */
export const CERTIFICATE_STEPS = [
	'document',
	'seal',
	'signature',
	'issuer',
	'checkpoint',
	'cosignatures',
	'events',
	'inclusion',
	'epoch',
	'evidence',
	'fold',
	'log',
	'current',
] as const;
export type CertificateStep = (typeof CERTIFICATE_STEPS)[number];

/** How a step went. */
export interface StepResult {
	step: CertificateStep;
	outcome: 'passed' | 'failed' | 'not_possible';
	/** Stable; empty when passed. */
	code: string;
	message: string;
}

/** What the log says today. */
export interface CertificatePresent {
	/** Signed note of its newest checkpoint. */
	checkpoint: string;
	/** Proof that it continues the certificate's checkpoint. */
	consistency: Uint8Array[];
	/** Ids of the certificate's evidence that does not count any more. */
	gone: string[];
}

/** Everything that was found. */
export interface CertificateCheck {
	/** Unattributed: every link holds, but nobody has said which log to trust; anybody can make one. */
	verdict: 'genuine' | 'unattributed' | 'outdated' | 'refused';
	steps: StepResult[];
	/** Of a certificate. */
	certificate?: Certificate;
	/** Of a report. */
	report?: ReadReport['credential']['credentialSubject'];
	/** What is printed on it. */
	hash: string;
	/** Who issued it. */
	issuer?: { id: string; name: string };
}

const DIMENSIONS: [Dimension, string][] = [
	[Dimension.RELIABILITY, 'reliability'],
	[Dimension.INTEGRITY, 'integrity'],
	[Dimension.COMPETENCE, 'competence'],
	[Dimension.PRESTIGE, 'prestige'],
	[Dimension.VIGILANCE, 'vigilance'],
	[Dimension.FIDELITY, 'fidelity'],
];
const CONTEXT_OF: Record<string, TrustContext> = {
	default: TrustContext.DEFAULT,
	finance: TrustContext.FINANCE,
	social: TrustContext.SOCIAL,
	governance: TrustContext.GOVERNANCE,
	technical: TrustContext.TECHNICAL,
	creative: TrustContext.CREATIVE,
	knowledge: TrustContext.KNOWLEDGE,
};
const CLASS_NAME: Partial<Record<TrustClass, string>> = {
	[TrustClass.NEWCOMER]: 'newcomer',
	[TrustClass.ESTABLISHED]: 'established',
	[TrustClass.TRUSTED]: 'trusted',
	[TrustClass.VETERAN]: 'veteran',
};

type Result = Omit<StepResult, 'step'>;
const PASSED: Result = { outcome: 'passed', code: '', message: '' };

function failed(code: string, message: string): Result {
	return { outcome: 'failed', code, message };
}

function notPossible(code: string, message: string): Result {
	return { outcome: 'not_possible', code, message };
}

function held(holds: boolean, code: string, message: string): Result {
	return holds ? PASSED : failed(code, message);
}

function messageOf(reason: unknown): string {
	return reason instanceof Error ? reason.message : String(reason);
}

function bundle(read: ReadCredential): LogProof {
	return read.credential.evidence[0] as LogProof;
}

/** The credential in a PDF or in JSON, whether or not anything in it holds. Throws CERTIFICATE_MALFORMED. */
export async function openCertificate(document: Uint8Array): Promise<ReadCredential> {
	return readCredential(await jsonOf(document));
}

async function jsonOf(document: Uint8Array): Promise<Uint8Array> {
	if (document.length > DOCUMENT_MOST_BYTES) {
		throw new ProtocolError('CERTIFICATE_MALFORMED', `a document has at most ${DOCUMENT_MOST_BYTES} bytes`);
	}
	if (!isPdf(document)) return document;
	const attached = await pdfAttachment(document);
	if (attached === undefined) {
		throw new ProtocolError('CERTIFICATE_MALFORMED', 'the PDF carries no certificate as an attachment');
	}
	return attached;
}

function issuer(read: ReadCredential | ReadReport, trusted: LogKey | undefined): Result {
	const { id, name } = read.credential.issuer;
	if (trusted === undefined) {
		return notPossible(
			'CERTIFICATE_NEEDS_TRUST',
			`compare the issuer with what the log publishes: ${name} ${id}`,
		);
	}
	const ours = equalBytes(trusted.publicKey, read.key) && trusted.origin === name;
	return held(ours, 'CERTIFICATE_ISSUER_FOREIGN', `issued by the log ${name}, not by ${trusted.origin}`);
}

function checkpoint(read: ReadCredential): ParsedCheckpoint {
	const log = { origin: read.credential.issuer.name, publicKey: read.key };
	const found = verifyCheckpoint(bundle(read).checkpoint, log);
	const said = read.credential.credentialSubject;
	if (found.size !== BigInt(said.checkpointSize) || toHex(found.root) !== said.checkpointRoot) {
		throw new Error('the certificate names another checkpoint than it carries');
	}
	return found;
}

function checkpointResult(read: ReadCredential): Result {
	try {
		checkpoint(read);
		return PASSED;
	} catch (reason) {
		return failed('CERTIFICATE_CHECKPOINT_INVALID', messageOf(reason));
	}
}

function cosignatures(read: ReadCredential): Result {
	const own = `— ${read.credential.issuer.name} `;
	const lines = bundle(read).checkpoint.split('\n');
	const others = lines.filter((line) => line.startsWith('—') && !line.startsWith(own)).length;
	return others === 0
		? notPossible('CERTIFICATE_NOT_COSIGNED', 'no witness but the log itself has signed this checkpoint')
		: notPossible(
				'CERTIFICATE_NEEDS_TRUST',
				`${others} more signatures are there; check them with keys of witnesses you trust`,
			);
}

interface Genuine {
	role: string;
	sequence: number;
	event: VerifiedEvent;
}

function events(read: ReadCredential): [Result, Genuine[]] {
	const genuine: Genuine[] = [];
	for (const { role, sequence, entry } of bundle(read).entries) {
		try {
			const bytes = fromBase64(entry);
			if (bytes === undefined) throw new Error('no base 64');
			genuine.push({ role, sequence, event: verifyEvent(bytes) });
		} catch (reason) {
			const message = `the event at position ${sequence}: ${messageOf(reason)}`;
			return [failed('CERTIFICATE_EVENT_INVALID', message), genuine];
		}
	}
	return [PASSED, genuine];
}

function inclusion(read: ReadCredential): Result {
	const code = 'CERTIFICATE_INCLUSION_INVALID';
	let head: ParsedCheckpoint;
	try {
		head = checkpoint(read);
	} catch {
		return failed(code, 'without a checkpoint nothing can be found under it');
	}
	for (const { sequence, entry, path } of bundle(read).entries) {
		const bytes = fromBase64(entry);
		const hashes = path.map(fromBase64);
		const included =
			bytes !== undefined &&
			hashes.every((hash) => hash?.length === 32) &&
			verifyInclusion({
				leafHash: leafHash(bytes),
				sequence: BigInt(sequence),
				size: head.size,
				path: hashes as Uint8Array[],
				root: head.root,
			});
		if (!included) return failed(code, `the event at position ${sequence} is not under the checkpoint`);
	}
	return PASSED;
}

function epoch(read: ReadCredential, genuine: Genuine[]): Result {
	const code = 'CERTIFICATE_EPOCH_MISMATCH';
	const said = read.credential.credentialSubject;
	const ends = genuine.filter(({ role }) => role === 'epoch');
	const end = ends[0];
	if (ends.length !== 1 || end === undefined)
		return failed(code, 'the certificate carries one end of an epoch');
	const { body } = end.event.event;
	if (body.case !== 'epochClosed')
		return failed(code, 'what it carries as the end of the epoch is another event');
	if (!equalBytes(end.event.signed.publicKey, read.key)) {
		return failed(code, 'the end of the epoch is not signed by the log');
	}
	const closed = body.value;
	const same =
		closed.epoch === BigInt(said.epoch) &&
		closed.closedAtUs === BigInt(said.closedAtUs) &&
		toHex(closed.stateRoot) === said.stateRoot &&
		closed.size === BigInt(end.sequence);
	return held(same, code, 'epoch, time or state root differ from what the log says');
}

function didOrNothing(text: string): Did | undefined {
	try {
		return parseDid(text);
	} catch {
		return undefined;
	}
}

function agrees(item: CertifiedEvidence, { event }: VerifiedEvent, subject: Did): boolean {
	const { body } = event;
	const source = didOrNothing(item.source)?.uid;
	const author = uidFromBytes(event.author);
	if (event.coordinate?.wallUs !== BigInt(item.wallUs)) return false;
	const said =
		body.case === 'attestation'
			? body.value.comment
			: body.case === 'receipt'
				? body.value.terms?.description
				: '';
	if (shownComment(said ?? '') !== item.comment) return false;
	switch (body.case) {
		case 'attestation':
			return (
				item.kind === 'attestation' &&
				source === author &&
				uidFromBytes(body.value.subject) === subject.uid &&
				item.domain === body.value.domain &&
				item.positive === (body.value.polarity === Polarity.POSITIVE) &&
				item.dimensions.length === 1 &&
				item.dimensions[0] === DIMENSIONS.find(([number]) => number === body.value.dimension)?.[1]
			);
		case 'receipt': {
			const sides = [body.value.terms?.performer, body.value.terms?.client];
			const uids = sides.filter((side) => side !== undefined).map(uidFromBytes);
			return item.kind === 'receipt' && uids.includes(subject.uid);
		}
		case 'vouch':
			if (item.kind !== 'vouch') break;
			return source === author && uidFromBytes(body.value.member) === subject.uid;
		case 'credentialIssued':
			if (item.kind !== 'credential') break;
			return source === author && uidFromBytes(body.value.subject) === subject.uid;
	}
	return item.kind !== 'attestation' && item.kind !== 'receipt';
}

function evidence(read: ReadCredential, genuine: Genuine[]): Result {
	const code = 'CERTIFICATE_EVIDENCE_MISMATCH';
	const said = read.credential.credentialSubject;
	const subject = didOrNothing(said.id);
	if (subject === undefined) return failed(code, 'the subject of the certificate has no DID');
	const created = genuine.find(({ role }) => role === 'subject')?.event.event;
	const isSubject =
		created?.body.case === 'identityCreated' &&
		created.body.value.namespace === subject.namespace &&
		uidFromBytes(created.author) === subject.uid;
	if (!isSubject) return failed(code, "the event that made the subject's identity is missing");
	const proven = genuine.filter(({ role }) => role === 'evidence');
	for (const item of said.topEvidence) {
		const found = proven.find(({ sequence, event }) => sequence === item.sequence && event.id === item.event);
		if (found === undefined || !agrees(item, found.event, subject)) {
			return failed(
				code,
				`what is said of the event at position ${item.sequence} is not what that event says`,
			);
		}
	}
	return held(
		proven.length === said.topEvidence.length,
		code,
		'the certificate carries events that it does not mention',
	);
}

/** α + β of a prior that was brought along, micro-units. */
const CROSSED_STRENGTH = 10_000_000n;
const MOST_SUM = 1n << 53n;

function numbersFollow(read: ReadCredential): boolean {
	const said = read.credential.credentialSubject;
	const bytes = fromBase64(bundle(read).trustRecord);
	if (bytes === undefined) return false;
	const record = fromBinary(TrustRecordSchema, bytes);
	if (!equalBytes(toBinary(TrustRecordSchema, record, { writeUnknownFields: false }), bytes)) return false;
	if (uidFromBytes(record.subject) !== didOrNothing(said.id)?.uid) return false;
	if (toHex(record.realm) !== said.realm || record.founder !== said.founder) return false;
	const crossed = record.crossedPriorPpm;
	if (crossed.length !== 0 && crossed.length !== 6) return false;
	const day = dayOf(BigInt(said.closedAtUs));
	const own = record.founder ? FOUNDER_PRIOR : PRIOR;
	const values = DIMENSIONS.map(([dimension], index) => {
		const days =
			record.dimensions.find((one) => one.dimension === dimension && one.domain === '')?.days ?? [];
		const sums = decayedEvidence(days, day);
		const mean = crossed[index];
		const alpha =
			mean === undefined ? 0n : (CROSSED_STRENGTH * BigInt(Math.min(mean, 1_000_000))) / 1_000_000n;
		const prior = mean === undefined || record.founder ? own : { alpha, beta: CROSSED_STRENGTH - alpha };
		return { sums, trustPpm: evidenceTrust(sums, prior, lambdaOf(dimension)) };
	});
	const sameValues = values.every(({ sums, trustPpm }, index) => {
		const shown = said.dimensions[index];
		return (
			shown !== undefined &&
			sums.positive < MOST_SUM &&
			sums.negative < MOST_SUM &&
			sums.unvoiced < MOST_SUM &&
			shown.name === DIMENSIONS[index]?.[1] &&
			shown.trustPpm === trustPpm &&
			shown.confidencePpm === confidence(sums) &&
			BigInt(shown.positive) === sums.positive &&
			BigInt(shown.negative) === sums.negative &&
			BigInt(shown.unvoiced) === sums.unvoiced
		);
	});
	const standing = evidenceTrust(decayedEvidence(record.standing, day), own);
	const context = Object.hasOwn(CONTEXT_OF, said.context) ? CONTEXT_OF[said.context] : undefined;
	return (
		sameValues &&
		said.standingPpm === standing &&
		said.hasVoice === hasVoice(standing, record.founder) &&
		context !== undefined &&
		said.normPpm ===
			norm(
				values.map(({ trustPpm }) => trustPpm),
				context,
			) &&
		said.class === CLASS_NAME[trustClass(said.normPpm)]
	);
}

function fold(read: ReadCredential): Result {
	const code = 'CERTIFICATE_FOLD_MISMATCH';
	try {
		return held(numbersFollow(read), code, 'the numbers are not those that the trust record gives');
	} catch {
		return failed(code, 'the trust record cannot be read');
	}
}

function log(read: ReadCredential, present: CertificatePresent | undefined): Result {
	if (present === undefined) {
		return notPossible(
			'CERTIFICATE_NEEDS_LOG',
			'ask the log whether its present tree continues the one of the certificate',
		);
	}
	const code = 'CERTIFICATE_LOG_FORKED';
	try {
		const now = verifyCheckpoint(present.checkpoint, {
			origin: read.credential.issuer.name,
			publicKey: read.key,
		});
		const then = checkpoint(read);
		const continues = verifyConsistency({
			fromSize: then.size,
			toSize: now.size,
			fromRoot: then.root,
			toRoot: now.root,
			path: present.consistency,
		});
		return held(continues, code, 'the log of today does not contain the log that the certificate proves');
	} catch (reason) {
		return failed(code, messageOf(reason));
	}
}

function current(read: ReadCredential, present: CertificatePresent | undefined): Result {
	if (present === undefined) {
		return notPossible('CERTIFICATE_NEEDS_LOG', 'ask the log whether evidence has been taken back since');
	}
	const items = read.credential.credentialSubject.topEvidence;
	const gone = items.filter(({ event }) => present.gone.includes(event)).length;
	const message = `${gone} of ${items.length} pieces of evidence do not count any more`;
	return held(gone === 0, 'CERTIFICATE_OUTDATED', message);
}

/** The whole of some steps. */
function certificateVerdict(steps: readonly StepResult[]): CertificateCheck['verdict'] {
	const broken = steps.filter(({ outcome }) => outcome === 'failed');
	if (broken.some(({ code }) => code !== 'CERTIFICATE_OUTDATED')) return 'refused';
	if (broken.length > 0) return 'outdated';
	const attributed = steps.some(({ step, outcome }) => step === 'issuer' && outcome === 'passed');
	return attributed ? 'genuine' : 'unattributed';
}

/**
 * Checks a PDF or its JSON. `trusted` is the log that the caller trusts, `present` what that log says
 * today; without them the steps that need them are not possible. Never throws.
 */
export async function verifyCertificate(
	document: Uint8Array,
	{ trusted, present }: { trusted?: LogKey; present?: CertificatePresent } = {},
): Promise<CertificateCheck> {
	let read: ReadCredential | ReadReport;
	let certified: ReadCredential | undefined;
	try {
		const json = await jsonOf(document);
		const report = readReport(json);
		certified = report ? undefined : readCredential(json);
		read = (report ?? certified) as ReadCredential | ReadReport;
	} catch (reason) {
		const result = failed('CERTIFICATE_MALFORMED', messageOf(reason));
		return { verdict: 'refused', steps: [{ step: 'document', ...result }], hash: '' };
	}
	const steps: StepResult[] = [{ step: 'document', ...PASSED }];
	const add = (step: CertificateStep, result: Result) => void steps.push({ step, ...result });
	if (isPdf(document)) {
		const message =
			'the PDF is not the file that was issued: something in it was changed, or its seal is missing';
		add('seal', held(isSealedPdf(document, read.key), 'CERTIFICATE_PDF_CHANGED', message));
	}
	const unsigned = 'the signature of the issuer does not hold: something in the certificate was changed';
	add('signature', held(isSignedCredential(read), 'CERTIFICATE_SIGNATURE_INVALID', unsigned));
	add('issuer', issuer(read, trusted));
	if (certified) proveByLog(certified, present, add);
	const subject = read.credential.credentialSubject;
	return {
		verdict: certificateVerdict(steps),
		steps,
		...(certified
			? { certificate: certified.credential.credentialSubject }
			: { report: subject as ReadReport['credential']['credentialSubject'] }),
		hash: verificationHash(read.canonical),
		issuer: read.credential.issuer,
	};
}

/** The steps that a certificate has and a report has not. */
function proveByLog(
	read: ReadCredential,
	present: CertificatePresent | undefined,
	add: (step: CertificateStep, result: Result) => void,
): void {
	add('checkpoint', checkpointResult(read));
	add('cosignatures', cosignatures(read));
	const [found, genuine] = events(read);
	add('events', found);
	add('inclusion', inclusion(read));
	add('epoch', epoch(read, genuine));
	add('evidence', evidence(read, genuine));
	add('fold', fold(read));
	add('log', log(read, present));
	add('current', current(read, present));
}
