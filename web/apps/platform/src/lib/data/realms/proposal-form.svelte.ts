import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import { type Proposal, ProposalSchema, type Rule } from '@erynoa/proto';
import {
	fromBase64,
	type ProposalKind,
	parseUid,
	proposal,
	toBase64,
	type Uid,
	uidFromBytes,
	utf8Length,
} from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { readNote, writeNote } from './device-notes';
import { kindOfCategory } from './rules';

export type KindKey = '1' | '2' | '3' | '4' | '5';

const MAX_TITLE_BYTES = 128;
const MAX_TEXT_BYTES = 4_096;
const MAX_DRAFTS = 20;

/** The kind that an address names; rules for anything else. */
export function kindKey(text: string | null): KindKey {
	return text === '1' || text === '2' || text === '4' || text === '5' ? text : '3';
}

/** A proposal that has not been sent; it lies on this device only. */
export interface Draft {
	id: string;
	savedAtMs: number;
	proposal: Proposal;
}

interface StoredDraft {
	id: string;
	savedAtMs: number;
	/** Base 64 of the canonical bytes of a Proposal. */
	bytes: string;
}

function isStored(value: unknown): value is StoredDraft {
	if (typeof value !== 'object' || value === null) return false;
	const { id, savedAtMs, bytes } = value as Partial<StoredDraft>;
	return typeof id === 'string' && typeof savedAtMs === 'number' && typeof bytes === 'string';
}

/** The drafts of one person for one realm, newest first. */
export function readDrafts(realm: string, author: string): Draft[] {
	const noted = readNote(`drafts.${realm}.${author}`);
	if (!Array.isArray(noted)) return [];
	return noted.filter(isStored).flatMap(({ id, savedAtMs, bytes }) => {
		const read = fromBase64(bytes);
		if (!read) return [];
		try {
			return [{ id, savedAtMs, proposal: fromBinary(ProposalSchema, read) }];
		} catch {
			// Written by another version, or by hand: it cannot be shown.
			return [];
		}
	});
}

function writeDrafts(realm: string, author: string, drafts: readonly Draft[]): boolean {
	const stored = drafts.map(({ proposal: message, ...rest }) => ({
		...rest,
		bytes: toBase64(toBinary(ProposalSchema, message)),
	}));
	return writeNote(`drafts.${realm}.${author}`, stored.length > 0 ? stored : undefined);
}

/** One proposal, from the empty form to the log. */
export class ProposalForm {
	kind = $state<KindKey>('3');
	title = $state('');
	text = $state('');
	/** Rules to set, new ones and changed ones. */
	set = $state.raw<readonly Rule[]>([]);
	/** Ids of rules to remove. */
	removed = $state.raw<readonly string[]>([]);
	/** Whom it is about, at most one. */
	member = $state.raw<readonly Uid[]>([]);
	effect = $state<'exclude' | 'admit'>('admit');
	drafts = $state.raw<readonly Draft[]>([]);
	asked = $state(false);
	busy = $state(false);
	error = $state.raw<ApiError>();
	#draft = '';

	constructor(
		readonly realm: string,
		readonly author: string,
	) {
		this.drafts = readDrafts(realm, author);
	}

	get kindValue(): ProposalKind {
		return Number(this.kind) as ProposalKind;
	}

	/** Whether the kind is about rules. */
	get changesRules(): boolean {
		return this.kind === '1' || this.kind === '3' || this.kind === '5';
	}

	get titleMissing(): boolean {
		return this.title.trim() === '';
	}

	get titleTooLong(): boolean {
		return utf8Length(this.title.trim()) > MAX_TITLE_BYTES;
	}

	get textTooLong(): boolean {
		return utf8Length(this.text.trim()) > MAX_TEXT_BYTES;
	}

	/** A decision in words is its words. */
	get textMissing(): boolean {
		return this.kind === '2' && this.text.trim() === '';
	}

	get contentMissing(): boolean {
		if (this.changesRules) return this.set.length === 0 && this.removed.length === 0;
		return this.kind === '4' && this.member.length === 0;
	}

	/** Whether the server can be asked about it. */
	get complete(): boolean {
		return !(
			this.titleMissing ||
			this.titleTooLong ||
			this.textMissing ||
			this.textTooLong ||
			this.contentMissing
		);
	}

	/** The proposal as it would be signed. */
	get message(): Proposal {
		const member = this.member[0];
		const body = proposal({
			kind: this.kindValue,
			title: this.title.trim(),
			text: this.text.trim(),
			set: this.changesRules ? this.set : [],
			removed: this.changesRules ? this.removed : [],
			...(this.kind === '4' && member ? { member, admit: this.effect === 'admit' } : {}),
		});
		if (body.case !== 'proposal') throw new TypeError('a proposal builds a proposal');
		return body.value;
	}

	/** Canonical bytes for a dry run; undefined as long as something is missing. */
	get bytes(): Uint8Array | undefined {
		return this.complete ? toBinary(ProposalSchema, this.message) : undefined;
	}

	/** Another kind keeps only the rules that it may change. */
	choose(kind: KindKey): void {
		this.kind = kind;
		const value = this.kindValue;
		this.set = this.set.filter(
			({ parameters }) => parameters.case !== undefined && kindOfCategory(parameters.case) === value,
		);
		this.removed = [];
	}

	/** Keeps it on this device; false when the browser does not. */
	saveDraft(): boolean {
		const id = this.#draft || crypto.randomUUID();
		const draft = { id, savedAtMs: Date.now(), proposal: this.message };
		const drafts = [draft, ...this.drafts.filter((other) => other.id !== id)].slice(0, MAX_DRAFTS);
		if (!writeDrafts(this.realm, this.author, drafts)) return false;
		this.#draft = id;
		this.drafts = drafts;
		return true;
	}

	takeDraft({ id, proposal: message }: Draft): void {
		this.#draft = id;
		this.kind = kindKey(String(message.kind));
		this.title = message.title;
		this.text = message.text;
		this.set = message.set;
		this.removed = message.removed;
		this.member = message.member.length === 32 ? [uidFromBytes(message.member)] : [];
		this.effect = message.admit ? 'admit' : 'exclude';
		this.error = undefined;
	}

	dropDraft(id: string): void {
		this.drafts = this.drafts.filter((other) => other.id !== id);
		writeDrafts(this.realm, this.author, this.drafts);
		if (this.#draft === id) this.#draft = '';
	}

	/** Sends it; the id of the proposal when it is in the log. Its draft goes. */
	async submit(): Promise<Uid | undefined> {
		if (this.busy || !this.complete) return undefined;
		this.busy = true;
		this.error = undefined;
		try {
			const author = await erynoa.author();
			const body = { case: 'proposal' as const, value: this.message };
			const { id } = await author.publish(body, { realm: parseUid(this.realm) });
			if (this.#draft) this.dropDraft(this.#draft);
			return id;
		} catch (reason) {
			this.error = failureOf(reason);
			return undefined;
		} finally {
			this.busy = false;
		}
	}
}
