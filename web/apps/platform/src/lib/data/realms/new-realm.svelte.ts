import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { Rule } from '@erynoa/proto';
import { isUid, parseUid, realmCreated, type Uid, utf8Length } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';

export type Step = 'template' | 'basics' | 'rules' | 'review';
export const STEPS: readonly Step[] = ['template', 'basics', 'rules', 'review'];

export const MAX_FOUNDERS = 7;
const MAX_NAME_BYTES = 128;
const MAX_TEXT_BYTES = 4_096;

/** The rule that a path of a refused field speaks of, such as `realm_created.rules[2].expression`. */
export function ruleIndexOf(field: string): number | undefined {
	const found = /rules\[(\d+)\]/.exec(field);
	return found ? Number(found[1]) : undefined;
}

/** A realm that is about to be created. */
export class NewRealmForm {
	step = $state<Step>('template');
	template = $state('');
	name = $state('');
	description = $state('');
	parent = $state('');
	partition = $state(false);
	founders = $state.raw<readonly Uid[]>([]);
	rules = $state.raw<readonly Rule[]>([]);
	/** Somebody has tried to go on: show what is missing. */
	asked = $state(false);
	busy = $state(false);
	error = $state.raw<ApiError>();

	constructor(
		readonly creator: Uid,
		parent: string,
	) {
		this.parent = parent;
		this.founders = [creator];
	}

	get nameMissing(): boolean {
		return this.name.trim() === '';
	}

	get nameTooLong(): boolean {
		return utf8Length(this.name.trim()) > MAX_NAME_BYTES;
	}

	get textTooLong(): boolean {
		return utf8Length(this.description.trim()) > MAX_TEXT_BYTES;
	}

	get basicsWrong(): boolean {
		return this.nameMissing || this.nameTooLong || this.textTooLong || !isUid(this.parent);
	}

	/** What the server says about single rules, by their ids. */
	get ruleErrors(): Record<string, string> {
		// Rules are signed in the order of their ids.
		const signed = [...this.rules].sort((a, b) => (a.id < b.id ? -1 : 1));
		const found = (this.error?.fields ?? []).flatMap(({ field, reason }) => {
			const rule = signed[ruleIndexOf(field) ?? -1] ?? signed.find(({ id }) => field === id);
			return rule ? [[rule.id, reason] as const] : [];
		});
		return Object.fromEntries(found);
	}

	/** Goes to a step; forwards only as far as what stands before it is in order. */
	go(step: Step): void {
		const passesBasics = STEPS.indexOf(step) > STEPS.indexOf('basics');
		if (passesBasics && this.basicsWrong) {
			this.asked = true;
			this.step = 'basics';
			return;
		}
		this.step = step;
	}

	/** Writes the realm to the log; its id when that has worked. */
	async submit(): Promise<Uid | undefined> {
		if (this.busy || this.basicsWrong) return undefined;
		this.busy = true;
		this.error = undefined;
		try {
			const author = await erynoa.author();
			const { realm, body } = realmCreated({
				creator: this.creator,
				parent: parseUid(this.parent),
				name: this.name.trim(),
				founders: this.founders,
				description: this.description.trim(),
				partition: this.partition,
				rules: this.partition ? [] : this.rules,
			});
			await author.publish(body, { realm });
			return realm;
		} catch (reason) {
			this.error = failureOf(reason);
			return undefined;
		} finally {
			this.busy = false;
		}
	}
}
