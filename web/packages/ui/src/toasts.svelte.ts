// Short notices at the edge of the screen. They say what happened, and offer to
// take it back where that is possible.

export type ToastKind = 'info' | 'good' | 'bad';

export interface Toast {
	readonly id: number;
	readonly kind: ToastKind;
	readonly text: string;
	/** Offers "Undo" and is called when it is chosen. */
	readonly undo?: () => void;
	/** Milliseconds until it goes by itself; 0: stays until dismissed. */
	readonly durationMs: number;
}

export interface ToastOptions {
	undo?: () => void;
	/** Default 5 000; with undo 10 000; bad news stay. */
	durationMs?: number;
}

const mostAtOnce = 4;

class Toasts {
	#next = 1;
	#list = $state<Toast[]>([]);
	#timers = new Map<number, ReturnType<typeof setTimeout>>();

	get list(): readonly Toast[] {
		return this.#list;
	}

	show(kind: ToastKind, text: string, options: ToastOptions = {}): number {
		const fallback = kind === 'bad' ? 0 : options.undo ? 10_000 : 5_000;
		const toast: Toast = {
			id: this.#next++,
			kind,
			text,
			undo: options.undo,
			durationMs: options.durationMs ?? fallback,
		};
		this.#list.push(toast);
		while (this.#list.length > mostAtOnce) {
			const oldest = this.#list[0];
			if (oldest) this.dismiss(oldest.id);
		}
		this.resume(toast.id);
		return toast.id;
	}

	info(text: string, options?: ToastOptions): number {
		return this.show('info', text, options);
	}

	good(text: string, options?: ToastOptions): number {
		return this.show('good', text, options);
	}

	bad(text: string, options?: ToastOptions): number {
		return this.show('bad', text, options);
	}

	dismiss(id: number): void {
		this.pause(id);
		this.#list = this.#list.filter((toast) => toast.id !== id);
	}

	/** Takes back what the toast told of, and removes it. */
	undo(id: number): void {
		const toast = this.#list.find((candidate) => candidate.id === id);
		this.dismiss(id);
		toast?.undo?.();
	}

	/** Holds a toast while somebody reads it (pointer or focus on it). */
	pause(id: number): void {
		clearTimeout(this.#timers.get(id));
		this.#timers.delete(id);
	}

	resume(id: number): void {
		this.pause(id);
		const toast = this.#list.find((candidate) => candidate.id === id);
		if (!toast?.durationMs) return;
		this.#timers.set(
			id,
			setTimeout(() => this.dismiss(id), toast.durationMs),
		);
	}
}

export const toasts = new Toasts();
